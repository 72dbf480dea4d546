"""What a page may cost, counted and not timed."""

import gzip
import re
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, Response, Route

from tests.e2e.ui.conftest import Shown
from tests.e2e.ui.test_accessible import PAGES, address, settle
from tests.support.browser import Visit, next_frames

FIRST_LOAD = 300_000
PAGE = 400_000
REQUESTS = 15
QUESTIONS = 4
NODES = 2_500
IDLE_BYTES = 2_000
SEARCH_BYTES = 25_000
SCRIPTS = 275_000
STYLES = 20_000
SHIFT = 0.02
"""Of the viewport, by its part that moves."""
SUM_SHIFTS = (
    "window.moved = 0; new PerformanceObserver(found => found.getEntries().forEach(one => "
    "{ if (!one.hadRecentInput) window.moved += one.value })).observe({ type: 'layout-shift', buffered: true })"
)
LOOKS = 3
STREAM = "/events/stream"
SMALL = 1_000
LONGEST = 3000
QUIET = 5
"""Tenths of a second in which nothing is asked: what one answer leads to has been asked by then."""


class Wire:
    """Bytes and requests of a page, as they were sent. What is asked again, as time goes by, is in `asked` once."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Network.enable")
        self._open: set[str] = set()
        self.bytes = 0
        self.asked: set[str] = set()
        self._session.on("Network.requestWillBeSent", self._sent)
        self._session.on("Network.loadingFinished", self._finished)
        self._session.on("Network.loadingFailed", self._failed)

    def settle(self) -> None:
        """Until nothing is on its way, for a while, but the stream of events."""
        quiet = 0
        for _ in range(LONGEST):
            if quiet == QUIET:
                return
            before = len(self.asked)
            self._page.wait_for_timeout(100)
            self._page.wait_for_function("() => document.querySelectorAll('[aria-busy=true]').length === 0")
            quiet = quiet + 1 if not self._open and len(self.asked) == before else 0
        raise AssertionError(f"The page does not settle: {self._open or sorted(self.asked)}")

    def _sent(self, event: dict[str, Any]) -> None:
        request = event["request"]
        if not request["url"].startswith("http"):
            return
        self.asked.add(f"{request['method']} {request['url']} {request.get('postData', '')}")
        if STREAM not in request["url"] and event.get("type") != "Document":  # frames end in a session of their own
            self._open.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        self._open.discard(event["requestId"])
        self.bytes += int(event["encodedDataLength"])

    def _failed(self, event: dict[str, Any]) -> None:
        self._open.discard(event["requestId"])


def loaded(visit: Visit, path: str, wait_for: str) -> Wire:
    wire = Wire(visit.page)
    visit.go(path)
    visit.page.locator(wait_for).first.wait_for()
    wire.settle()
    return wire


def is_cheap(visit: Visit, path: str, wait_for: str = "h1") -> None:
    """Opened for the first time, with its files and data."""
    wire = loaded(visit, path, wait_for)
    assert len(wire.asked) <= REQUESTS, "\n".join(sorted(wire.asked))
    assert wire.bytes <= PAGE


@pytest.mark.parametrize("name", PAGES)
def test_a_cold_page_is_cheap(visit: Visit, shown: Shown, model: str, name: str) -> None:
    is_cheap(visit, address(shown, name, model))


def questions(wire: Wire) -> list[str]:
    return [one for one in wire.asked if "/api/" in one and STREAM not in one]


def test_a_cold_table_is_small(visit: Visit, shown: Shown) -> None:
    wire = loaded(visit, f"/experiments/{shown.experiment}", '[role="row"][id]')
    assert wire.bytes <= FIRST_LOAD
    assert len(questions(wire)) <= QUESTIONS, questions(wire)
    assert visit.page.evaluate("document.querySelectorAll('*').length") <= NODES


def test_a_tree_of_runs_asks_once_more(visit: Visit, shown: Shown) -> None:
    wire = loaded(visit, f"/experiments/{shown.nested}", '[role="row"][id]')
    assert len(questions(wire)) <= QUESTIONS + 1, questions(wire)


def test_the_rows_of_a_table_are_sent_packed_and_with_what_is_shown_only(visit: Visit, shown: Shown) -> None:
    """As another machine gets them; within one, nothing is packed."""
    with visit.page.expect_response("**/runs/search") as answer:
        loaded(visit, f"/experiments/{shown.experiment}", '[role="row"][id]')
    rows = len(answer.value.json()["items"])
    assert len(gzip.compress(answer.value.body(), 1)) <= SEARCH_BYTES * rows / 100


def test_data_is_asked_for_while_the_code_is_on_its_way(visit: Visit, shown: Shown) -> None:
    held: list[Route] = []
    visit.page.route("**/assets/runs-*.js", lambda route: held.append(route))  # noqa: PLW0108 - as below
    with visit.page.expect_response("**/runs/keys"):
        visit.page.goto(f"{visit.url}/experiments/{shown.experiment}", wait_until="commit")
    while not held:
        visit.page.wait_for_timeout(100)
    held[0].continue_()
    visit.page.locator('[role="row"][id]').first.wait_for()


def test_the_first_load_is_script_and_style_within_their_parts(visit: Visit) -> None:
    answers: list[Response] = []
    visit.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - as below
    loaded(visit, "/", "h1")
    for ending, most in ((".js", SCRIPTS), (".css", STYLES)):
        assert sum(int(one.all_headers()["content-length"]) for one in answers if one.url.endswith(ending)) <= most


def test_pages_of_pipelines_are_no_part_of_the_first_load(visit: Visit) -> None:
    wire = loaded(visit, "/", "h1")
    assert wire.bytes <= FIRST_LOAD
    assert not [one for one in visit.asked if "/assets/pipelines" in one]


@pytest.mark.parametrize("name", ["home", "experiments", "table", "run", "compare", "models", "model", "endpoints"])
def test_nothing_that_is_read_moves_away(visit: Visit, shown: Shown, model: str, name: str) -> None:
    visit.page.add_init_script(SUM_SHIFTS)
    moved = []
    for _ in range(LOOKS):  # which answer comes first is chance, and not what is asked here
        loaded(visit, address(shown, name, model), "h1")
        moved.append(visit.page.evaluate("window.moved"))
        visit.go("/gallery")
    assert min(moved) <= SHIFT


def test_the_page_of_a_model_stays_where_it_is_however_slowly_its_parts_come(visit: Visit, model: str) -> None:
    visit.page.add_init_script(SUM_SHIFTS)
    held: list[Route] = []
    asked = re.compile("/api/v1/(models/|endpoints|experiments|runs/)")
    visit.page.route(asked, lambda one: held.append(one))  # noqa: PLW0108 - as below
    visit.page.goto(f"{visit.url}/models/{model}", wait_until="commit")
    quiet = 0
    while quiet < QUIET:
        visit.page.wait_for_timeout(100)
        quiet = quiet + 1 if not held and visit.page.get_by_role("heading", name="Versions").is_visible() else 0
        if held:
            held.pop(0).continue_()  # one after another, so that each is drawn before the next one comes
    settle(visit.page)
    next_frames(visit.page)
    assert visit.page.evaluate("window.moved") <= SHIFT


def test_files_are_packed_and_kept_for_good(visit: Visit) -> None:
    answers: list[Response] = []
    visit.page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - a built-in has no room for marks
    loaded(visit, "/", "h1")
    heads = [one.all_headers() for one in answers if "/assets/" in one.url]
    assert {head.get("content-encoding") for head in heads if int(head["content-length"]) > SMALL} == {"br"}
    assert {head["cache-control"] for head in heads} == {"public, max-age=31536000, immutable"}


def test_charts_of_a_page_are_one_question(visit: Visit, shown: Shown) -> None:
    wire = loaded(visit, f"/experiments/{shown.experiment}?view=charts", "canvas")
    assert len([one for one in wire.asked if "/metrics/buckets" in one]) == 1


def test_charts_are_loaded_when_they_are_looked_at(visit: Visit, shown: Shown) -> None:
    loaded(visit, f"/experiments/{shown.experiment}", '[role="row"][id]')
    assert not [one for one in visit.asked if "plot" in one]
    wire = loaded(visit, f"/experiments/{shown.experiment}?view=charts", "canvas")
    assert [one for one in visit.asked if "plot" in one]
    assert wire.bytes <= PAGE


@pytest.mark.parametrize("path", ["/", "/experiments/{}"])
def test_nothing_is_asked_while_nothing_happens(visit: Visit, shown: Shown, path: str) -> None:
    visit.page.clock.install()
    wire = loaded(visit, path.format(shown.experiment), "h1")
    asked, sent = len(visit.asked), wire.bytes
    visit.page.clock.run_for(60_000)
    wire.settle()
    assert visit.asked[asked:] == []
    assert wire.bytes - sent <= IDLE_BYTES


def test_a_long_way_down_few_rows_are_in_the_page(visit: Visit, shown: Shown) -> None:
    loaded(visit, f"/experiments/{shown.experiment}", '[role="row"][id]')
    grid = visit.page.get_by_role("grid")
    grid.evaluate("grid => grid.scrollTo({ top: grid.scrollHeight })")
    visit.page.locator('[role="row"]', has_text="run 00").wait_for()
    assert visit.page.locator('[role="row"]').count() < 45
    assert visit.page.evaluate("document.querySelectorAll('*').length") <= NODES


def test_going_elsewhere_loads_no_code_twice(visit: Visit, shown: Shown) -> None:
    loaded(visit, f"/experiments/{shown.experiment}", '[role="row"][id]')
    visit.page.get_by_role("link", name="Home").click()
    visit.page.get_by_role("heading", name="Home").wait_for()
    visit.page.get_by_role("link", name="Experiments", exact=True).click()
    visit.page.get_by_role("heading", name="Experiments").wait_for()
    code = [one for one in visit.asked if "/assets/" in one]
    assert len(code) == len(set(code))
    assert len([one for one in visit.asked if "events/stream" in one]) == 1
