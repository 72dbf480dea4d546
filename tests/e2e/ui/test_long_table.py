"""A table of thousands of runs: how it is jumped about in, and what its cells show, by counting what is asked for."""

import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Request, expect

from tests.support.browser import Visit, visiting
from tests.support.server import running_server

RUNS = 1500
ROWS = '[role="row"][id]'


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server of its own, and an experiment with so many runs on it."""
    with running_server(tmp_path_factory.mktemp("long")) as server:
        with httpx.Client(base_url=f"{server.url}/api/2.0/mlflow/", timeout=60) as http:
            experiment = http.post("experiments/create", json={"name": "long"}).json()["experiment_id"]
            for at in range(RUNS):
                wanted = {"experiment_id": experiment, "run_name": f"run {at:04}", "start_time": 1_700_000_000_000 + at}
                http.post("runs/create", json=wanted).raise_for_status()
        yield server.url, str(experiment)


@pytest.fixture
def visit(browser: Browser, long: tuple[str, str]) -> Iterator[Visit]:
    with visiting(browser, long[0]) as made:
        yield made


def test_the_end_of_a_long_table_is_one_question_away(visit: Visit, long: tuple[str, str]) -> None:
    page = visit.go(f"/experiments/{long[1]}")
    page.locator(ROWS).first.wait_for()
    expect(page.get_by_role("status").filter(has_text="1,500 runs")).to_be_visible()
    searches: list[Request] = []
    page.on("request", lambda request: searches.append(request) if "/runs/search" in request.url else None)
    page.get_by_role("grid").focus()
    page.keyboard.press("End")
    expect(page.locator(ROWS).filter(has_text="run 0000")).to_be_visible()
    asked = [json.loads(request.post_data or "{}") for request in searches]
    assert [(one["offset"], one["limit"]) for one in asked] == [(1400, 200)]
    page.keyboard.press("Home")
    expect(page.locator(ROWS).filter(has_text="run 1499")).to_be_visible()
    assert len(searches) == 1


def test_the_middle_of_a_long_table_is_in_its_place(visit: Visit, long: tuple[str, str]) -> None:
    page = visit.go(f"/experiments/{long[1]}?sort=a.started")
    page.locator(ROWS).first.wait_for()
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", str(RUNS + 1))
    page.get_by_role("grid").evaluate("grid => grid.scrollTo({ top: 750 * 32 })")
    row = page.locator(ROWS).filter(has_text="run 0755")
    expect(row).to_be_visible()
    expect(row).to_have_attribute("aria-rowindex", "757")
