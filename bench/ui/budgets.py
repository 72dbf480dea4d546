"""What our pages may take at most, as the budgets say, measured beside them: MLflow's have no counterpart to click.

Frames are judged by what the main thread computes, not by the clock: on two busy cores any table misses frames.
"""

import time
from collections.abc import Iterator

from playwright.sync_api import Browser, Page

from bench.figures import Figure, lower
from bench.servers import Running
from bench.ui import numbered
from bench.ui.sites import Site, see
from bench.ui.visit import Look, Visit, visiting

_METRIC = numbered.METRICS[0]
_FRAMES = 120
_SCROLL = """frames => new Promise(done => {
  const grid = document.querySelector("[role=grid]");
  const step = () => { grid.scrollTop += 40; if (--frames > 0) requestAnimationFrame(step); else done(); };
  requestAnimationFrame(step);
})"""
_WATCH = """() => { window.longest = 0; new PerformanceObserver(found => found.getEntries().forEach(one =>
  { window.longest = Math.max(window.longest, one.duration) })).observe({ type: "longtask" }) }"""
_LISTEN = """() => { window.answered = {}; new PerformanceObserver(found => found.getEntries().forEach(one => {
  const { interactionId: id, duration } = one;
  if (id) window.answered[id] = Math.max(duration, window.answered[id] ?? 0);
})).observe({ type: "event", durationThreshold: 16 }) }"""
_KEYS = ("j",) * 20 + ("x", "j", "x", "j", "b", "k", "p")
_DRAWN = {
    "parallel axes of 10,000 runs (budget 50)": "?view=parallel",
    "scatter of 1,000 runs (budget 60)": "?view=charts&charts=scatter",
}


def within(browser: Browser, up: Running, site: Site, look: Look) -> Iterator[Figure]:
    with visiting(browser) as visit:
        page = visit.page
        page.goto(up.url + site.newest, wait_until="commit")
        see(page, numbered.name(look.runs - 1), look.patience)
        visit.settle()
        yield from _scrolled(visit)
        began = time.perf_counter()
        page.get_by_role("grid").press("End")
        see(page, numbered.name(0), look.patience)
        yield lower("the last row is seen (budget 0.5)", "s", time.perf_counter() - began)
        page.get_by_role("grid").press("Home")
        see(page, numbered.name(look.runs - 1), look.patience)
        began = time.perf_counter()
        page.get_by_role("columnheader", name=_METRIC).get_by_role("button").first.click()
        see(page, numbered.name(numbered.best(look.runs)), look.patience)
        yield lower("sorted by a metric (budget 0.5)", "s", time.perf_counter() - began)
        yield _answered(visit)
    for what, query in _DRAWN.items():
        with visiting(browser) as visit:
            took = _drawn_anew(visit, up.url + site.newest + query)
            yield lower(f"longest task to draw {what}", "ms", took)


def _scrolled(visit: Visit) -> Iterator[Figure]:
    before = visit.measured("TaskDuration")
    visit.page.evaluate(_SCROLL, _FRAMES)
    took = (visit.measured("TaskDuration") - before) / _FRAMES
    yield lower("CPU of the page for a frame of scrolling (budget 10)", "ms", 1000 * took)
    nodes = visit.page.evaluate("document.querySelectorAll('*').length")
    yield lower("nodes in the page (budget 2,500)", "", float(nodes))


def _answered(visit: Visit) -> Figure:
    """Keys in the table. What takes less than 16 ms is not told, and counts as 16."""
    visit.page.evaluate(_LISTEN)
    for key in _KEYS:
        visit.page.get_by_role("grid").press(key)
    visit.settle()
    slow = [float(one) for one in visit.page.evaluate("Object.values(window.answered)")]
    found = sorted(slow + [16.0] * (len(_KEYS) - len(slow)))
    return lower("from a key to the next paint, 95 of 100 (budget 100)", "ms", found[int(0.95 * len(found))])


def _drawn_anew(visit: Visit, url: str) -> float:
    """In a narrower window; tasks under 50 ms are not told, and count as none."""
    page: Page = visit.page
    page.goto(url, wait_until="commit")
    page.locator("canvas").first.wait_for()
    visit.settle()
    page.evaluate(_WATCH)
    page.set_viewport_size({"width": 1300, "height": 900})
    visit.settle()
    return float(page.evaluate("window.longest"))
