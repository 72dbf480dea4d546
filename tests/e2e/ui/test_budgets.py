"""What a page may cost, counted and not timed."""

from playwright.sync_api import CDPSession, Page

from tests.e2e.ui.conftest import Shown
from tests.support.browser import Visit

FIRST_LOAD = 300_000
PAGE = 400_000
REQUESTS = 15
QUESTIONS = 7
NODES = 2_500
IDLE_BYTES = 2_000


class Wire:
    """Bytes and requests of a page, as they were sent."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Network.enable")
        self.bytes = 0
        self._session.on("Network.loadingFinished", self._finished)

    def _finished(self, event: dict[str, float]) -> None:
        self.bytes += int(event["encodedDataLength"])


def loaded(visit: Visit, path: str, wait_for: str) -> Wire:
    wire = Wire(visit.page)
    visit.go(path)
    visit.page.locator(wait_for).first.wait_for()
    visit.page.wait_for_function("() => document.querySelectorAll('[aria-busy=true]').length === 0")
    return wire


def test_a_cold_table_is_small(visit: Visit, shown: Shown) -> None:
    wire = loaded(visit, f"/experiments/{shown.experiment}", '[role="row"][id]')
    questions = [one for one in visit.asked if "/api/" in one and "events/stream" not in one]
    code = [one for one in visit.asked if "/api/" not in one]
    assert wire.bytes <= FIRST_LOAD
    assert len(code) + len(questions) <= REQUESTS, visit.asked
    assert len(questions) <= QUESTIONS, questions
    assert visit.page.evaluate("document.querySelectorAll('*').length") <= NODES


def test_charts_are_loaded_when_they_are_looked_at(visit: Visit, shown: Shown) -> None:
    loaded(visit, f"/experiments/{shown.experiment}", '[role="row"][id]')
    assert not [one for one in visit.asked if "plot" in one]
    wire = loaded(visit, f"/experiments/{shown.experiment}?view=charts", "canvas")
    assert [one for one in visit.asked if "plot" in one]
    assert wire.bytes <= PAGE


def test_nothing_is_asked_while_nothing_happens(visit: Visit, shown: Shown) -> None:
    wire = loaded(visit, f"/experiments/{shown.experiment}", '[role="row"][id]')
    visit.page.wait_for_load_state("load")
    visit.page.wait_for_timeout(1500)
    asked, sent = len(visit.asked), wire.bytes
    visit.page.wait_for_timeout(6000)
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
