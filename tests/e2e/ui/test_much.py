"""Much at once: a hundred curves that go on, ten thousand lines, keys in a long table. What is done is counted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Request, Response, expect

from bench import stock
from tests.e2e.ui.conftest import browser_for
from tests.e2e.ui.test_budgets import loaded
from tests.support.browser import Visit, next_frames, visiting
from tests.support.server import running_server

RUNS = 10_000
LINES_A_FRAME = 1100
"""Two parts, the last of one drawing and the first of the next, and some for axes."""
SERIES = 100
ROUNDS = 4
POINTS_A_SERIES = 800
"""Two for each of the 400 buckets that a chart is asked for in."""
NODES_A_KEY = 16
ROWS = '[role="row"][id]'
COUNT_STROKES = """() => {
    const { stroke } = CanvasRenderingContext2D.prototype;
    window.strokes = [0];
    CanvasRenderingContext2D.prototype.stroke = function (...given) {
        window.strokes[window.strokes.length - 1] += 1;
        return stroke.apply(this, given);
    };
    const next = () => { if (window.strokes.at(-1) > 0) window.strokes.push(0); requestAnimationFrame(next); };
    requestAnimationFrame(next);
}"""
"""How many lines are drawn between two frames, one after another."""
COUNT_DRAWINGS = """() => {
    const { clearRect } = CanvasRenderingContext2D.prototype;
    window.drawings = 0;
    CanvasRenderingContext2D.prototype.clearRect = function (...given) {
        window.drawings += 1;
        return clearRect.apply(this, given);
    };
}"""
WATCH_NODES = """() => {
    window.changed = new Set();
    const take = found => found.forEach(one => window.changed.add(one.target));
    window.watcher = new MutationObserver(take);
    window.watcher.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    window.counted = () => {
        take(window.watcher.takeRecords());
        const { size } = window.changed;
        window.changed.clear();
        return size;
    };
}"""


@dataclass(frozen=True)
class Much:
    url: str
    many: str
    live: str
    going_on: tuple[str, ...]

    def log(self, round_: int) -> None:
        with api(self.url) as http:
            for at, run in enumerate(self.going_on):
                points = [
                    {"key": "loss", "value": at + step / 10, "step": step, "timestamp": 1 + step}
                    for step in range(10 * round_, 10 * round_ + 10)
                ]
                http.post("runs/log-batch", json={"run_id": run, "metrics": points}).raise_for_status()


@contextmanager
def api(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{url}/api/2.0/mlflow/", timeout=120) as http:
        yield http


@pytest.fixture(scope="module")
def much(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Much]:
    """Ten thousand runs that the database itself has made, and a hundred that go on."""
    home: Path = tmp_path_factory.mktemp("much")
    with running_server(home) as server, api(server.url) as http:
        many, live = (
            http.post("experiments/create", json={"name": name}).json()["experiment_id"] for name in ("many", "live")
        )
    stock.runs(f"sqlite:///{server.data_dir / 'modelyard.db'}", many, RUNS)
    with running_server(home) as server:
        with api(server.url) as http:
            wanted = [{"experiment_id": live, "run_name": f"live {at}"} for at in range(SERIES)]
            runs = [http.post("runs/create", json=one).json()["run"]["info"]["run_id"] for one in wanted]
        found = Much(server.url, many, live, tuple(runs))
        found.log(0)
        yield found


@pytest.fixture(scope="module")
def browser(much: Much) -> Iterator[Browser]:
    with browser_for(much.url) as found:
        yield found


@pytest.fixture
def visit(browser: Browser, much: Much) -> Iterator[Visit]:
    with visiting(browser, much.url) as made:
        yield made


SETTLED = """async () => {
    let [before, same] = [-1, 0];
    while (same < 20) {
        await new Promise(requestAnimationFrame);
        const now = window.strokes.reduce((sum, one) => sum + one, 0);
        same = now === before ? same + 1 : 0;
        before = now;
    }
    return before;
}"""
"""How many lines were drawn when nothing has been drawn for a while."""


def drawn(page: Page) -> int:
    return int(page.evaluate(SETTLED))


def test_ten_thousand_lines_are_drawn_in_parts_and_nothing_is_drawn_for_nothing(visit: Visit, much: Much) -> None:
    searches: list[Request] = []
    visit.page.on("request", lambda one: searches.append(one) if "/runs/search" in one.url else None)
    page = visit.go(f"/experiments/{much.many}?view=parallel")
    page.get_by_role("img", name="10,000 runs across").wait_for()
    assert len(searches) <= 2 + RUNS // 1000
    page.evaluate(COUNT_STROKES)
    page.set_viewport_size({"width": 1300, "height": 900})
    page.wait_for_function("many => window.strokes.reduce((sum, one) => sum + one, 0) >= many", arg=RUNS)
    before = drawn(page)
    assert page.evaluate("Math.max(...window.strokes)") <= LINES_A_FRAME
    box = page.get_by_role("img", name="10,000 runs across").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    page.locator("[data-pointed]").or_(page.locator("strong", has_text="run-")).first.wait_for()
    assert drawn(page) - before <= 2  # the line that is pointed at, not the others


def test_a_hundred_curves_go_on_with_one_question_and_one_drawing_at_a_time(visit: Visit, much: Much) -> None:
    sel = ",".join(much.going_on)
    answers: list[list[int]] = []
    page = visit.page

    def heard(answer: Response) -> None:
        if "/metrics/buckets" in answer.url:
            items = answer.json()["items"]
            answers.append([len(one["points"]) + 4 * len(one["buckets"]) for one in items])

    page.on("response", heard)
    page.add_init_script(f"({COUNT_DRAWINGS})()")
    visit.go(f"/experiments/{much.live}?view=charts&sel={sel}")
    chart = page.get_by_role("region", name="loss", exact=True)
    chart.locator("canvas").wait_for()
    chart.locator("canvas").evaluate("canvas => { window.first = canvas; }")
    nodes = []
    for round_ in range(1, ROUNDS + 1):
        much.log(round_)
        with page.expect_response(_with_all(10 * round_ + 9)):
            pass
        next_frames(page)
        nodes.append(page.evaluate("document.querySelectorAll('*').length"))
    assert len(answers[-1]) == SERIES
    assert max(answers[-1]) <= 4 * POINTS_A_SERIES
    assert page.evaluate("window.drawings") <= 2 * (len(answers) + 1)
    assert page.evaluate("document.querySelector('[aria-label=\"loss\"] canvas') === window.first")
    assert nodes[-1] <= nodes[0]


def _with_all(step: int) -> Callable[[Response], bool]:
    """Whether an answer has all curves, up to a step."""

    def is_it(answer: Response) -> bool:
        if "/metrics/buckets" not in answer.url:
            return False
        items = answer.json()["items"]
        return len(items) == SERIES and all(one["points"][-1]["x"] == step for one in items)

    return is_it


def test_a_key_changes_the_row_that_it_is_about_and_no_others(visit: Visit, much: Much) -> None:
    loaded(visit, f"/experiments/{much.many}", ROWS)  # what comes in later changes rows too
    page = visit.page
    expect(page.get_by_role("status").filter(has_text="10,000 runs")).to_be_visible()
    page.get_by_role("grid").focus()
    page.keyboard.press("j")
    next_frames(page)
    page.evaluate(WATCH_NODES)
    for key in ("j", "j", "k", "j"):
        page.keyboard.press(key)
        next_frames(page)
        assert page.evaluate("window.counted()") <= NODES_A_KEY, key
    page.keyboard.press("x")
    expect(page.get_by_role("toolbar", name="Selected runs")).to_be_visible()
    page.evaluate("window.counted()")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("toolbar", name="Selected runs")).to_contain_text("2 runs selected")
    next_frames(page)
    assert page.evaluate("window.counted()") <= NODES_A_KEY
