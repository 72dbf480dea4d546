"""A table of thousands of runs: how it is jumped about in, and what its cells show, by counting what is asked for."""

import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Request, expect

from tests.e2e.ui.test_budgets import NODES, is_cheap
from tests.support.browser import Visit, visiting
from tests.support.server import running_server

RUNS = 1500
KEYS = 12_000
ROWS = '[role="row"][id]'


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server of its own, and an experiment with so many runs on it."""
    with running_server(tmp_path_factory.mktemp("long")) as server:
        with httpx.Client(base_url=f"{server.url}/api/2.0/mlflow/", timeout=120) as http:
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


def test_a_thousand_runs_are_compared_with_one_question(visit: Visit, long: tuple[str, str]) -> None:
    with httpx.Client(base_url=f"{long[0]}/api/v1/", timeout=60) as http:
        found = http.post("runs/search", json={"experiment_ids": [long[1]], "limit": 1000, "fields": []}).json()
        tagged = {"run_ids": [one["id"] for one in found["items"]], "tags": {"modelyard.set.many": "yes"}}
        http.post("runs/tags", json=tagged).raise_for_status()
    page = visit.go("/compare?set=many&all=1")
    expect(page.get_by_role("heading", name="many: 1,000 runs")).to_be_visible()
    expect(page.get_by_role("link", name="run 0500")).to_be_attached()
    assert len([one for one in visit.asked if "/runs/search" in one]) == 1


def test_thousands_of_metrics_are_searched_by_the_server(visit: Visit, long: tuple[str, str]) -> None:
    with httpx.Client(base_url=f"{long[0]}/api/2.0/mlflow/", timeout=120) as http:
        experiment = http.post("experiments/create", json={"name": "keys"}).json()["experiment_id"]
        run_id = http.post("runs/create", json={"experiment_id": experiment}).json()["run"]["info"]["run_id"]
        for first in range(0, KEYS, 1000):
            metrics = [{"key": f"m{at:05}", "value": at, "timestamp": 1} for at in range(first, first + 1000)]
            http.post("runs/log-batch", json={"run_id": run_id, "metrics": metrics}).raise_for_status()
    is_cheap(visit, f"/experiments/{experiment}", ROWS)
    page = visit.page
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Search keys").fill("m11999")
    page.get_by_role("checkbox", name="m11999").check()
    expect(page.locator(ROWS).get_by_role("gridcell").filter(has_text="11,999")).to_be_visible()
    assert page.evaluate("document.querySelectorAll('*').length") <= NODES
