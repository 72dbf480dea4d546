"""What starts runs when something happens: made in a form, fired by the command that is shown, switched, deleted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from mlflow import MlflowClient
from playwright.sync_api import Browser, Page, expect

from tests.e2e.ui.conftest import NASTY, browser_for
from tests.e2e.ui.test_accessible import is_for_everybody
from tests.e2e.ui.test_budgets import is_cheap
from tests.support.browser import Visit, visiting
from tests.support.pipelines import document
from tests.support.server import running_server
from tests.support.snippets import run_shell

TAKES: dict[str, dict[str, Any]] = {
    "day": {"parameterType": "STRING"},
    "version": {"parameterType": "NUMBER_INTEGER", "isOptional": True},
}


@dataclass(frozen=True)
class Triggered:
    """A server with a pipeline of two parameters and a model."""

    url: str
    pipeline: str

    def get(self, path: str) -> Any:
        return httpx.get(f"{self.url}/api/v1/{path}", timeout=120).raise_for_status().json()

    def make(self, name: str, **given: Any) -> str:
        wanted = {"name": name, "kind": "alias", "pipeline_id": self.pipeline, "parameters": {"day": "today"}, **given}
        made = httpx.post(f"{self.url}/api/v1/triggers", json=wanted, timeout=120).raise_for_status()
        return str(made.json()["id"])

    def delete(self, trigger: str) -> None:
        httpx.delete(f"{self.url}/api/v1/triggers/{trigger}", timeout=120).raise_for_status()


@pytest.fixture(scope="module")
def triggered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triggered]:
    with running_server(tmp_path_factory.mktemp("triggered")) as server:
        wanted = {"name": "daily", "document": document("daily", TAKES).decode()}
        made = httpx.post(f"{server.url}/api/v1/pipelines", json=wanted, timeout=120).raise_for_status().json()
        MlflowClient(server.url, server.url).create_registered_model("taxi")
        yield Triggered(server.url, str(made["id"]))


@pytest.fixture(scope="module")
def browser(triggered: Triggered) -> Iterator[Browser]:
    with browser_for(triggered.url) as found:
        yield found


@pytest.fixture
def visit(browser: Browser, triggered: Triggered) -> Iterator[Visit]:
    with visiting(browser, triggered.url) as made:
        yield made


def row(page: Page, name: str) -> Any:
    return page.get_by_role("row").filter(has=page.get_by_role("button", name=name))


def test_a_webhook_is_made_in_a_form_and_fired_by_the_command_that_is_shown(visit: Visit, triggered: Triggered) -> None:
    page = visit.go(f"/pipelines/{triggered.pipeline}")
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Start when something happens").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("from outside")
    form.get_by_role("button", name="A webhook").click()
    form.get_by_label("Runs within an hour, at most").fill("0")
    form.get_by_role("button", name="Create the trigger").click()
    expect(form.get_by_role("alert")).to_contain_text("max_per_hour")
    form.get_by_label("Runs within an hour, at most").fill("3")
    form.get_by_label("day from").fill("data.day")
    form.get_by_role("button", name="Create the trigger").click()
    told = page.get_by_role("dialog", name="The secret of from outside")
    expect(told.get_by_role("region", name="Secret", exact=True)).to_contain_text("whsec_")
    assert visit.violations() == []
    command = told.get_by_role("region", name="Signed delivery").inner_text()
    assert triggered.url in command
    fired = run_shell(command.replace('"day":1', '"day":"monday"'))
    told.get_by_role("button", name="I have kept it").click()
    (trigger,) = triggered.get("triggers")["items"]
    (firing,) = triggered.get(f"triggers/{trigger['id']}/firings")["items"]
    assert firing["run_id"] in fired
    firings = page.get_by_role("region", name="Firings")
    expect(firings.get_by_text("monday")).to_be_visible()
    expect(page.get_by_text("whsec_...")).to_have_count(1)  # what is there later has no secret
    firings.get_by_role("link", name=f"run {firing['run_id'][:8]}").click()
    page.wait_for_url(f"**/pipelines/runs/{firing['run_id']}")
    triggered.delete(trigger["id"])


def test_an_alias_that_moves_is_waited_for_in_words_until_it_is_switched_off_and_deleted(
    visit: Visit, triggered: Triggered
) -> None:
    page = visit.go(f"/triggers?new={triggered.pipeline}")
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill(NASTY)
    form.get_by_role("button", name="An alias moves").click()
    form.get_by_label("Model").select_option("taxi")
    form.get_by_label("Alias").fill("@champion")
    expect(form.get_by_text("When @champion of taxi is set or moved")).to_be_visible()
    form.get_by_label("version from").fill("version")
    form.get_by_role("textbox", name=re.compile("^day text")).fill("today")
    form.get_by_role("button", name="Create the trigger").click()
    mine = row(page, NASTY)
    expect(mine).to_contain_text("When @champion of taxi is set or moved")
    (made,) = triggered.get("triggers")["items"]
    assert (made["alias"], made["mapping"]) == ("champion", {"version": "version"})
    assert made["parameters"] == {"day": "today"}
    expect(page.get_by_text("It has not fired lately")).to_be_visible()
    mine.get_by_role("switch").click()
    expect(mine.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    assert triggered.get(f"triggers/{made['id']}")["enabled"] is False
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No triggers")).to_be_visible()
    assert triggered.get("triggers")["total"] == 0


def test_a_version_that_is_made_shows_as_a_firing_by_itself(visit: Visit, triggered: Triggered) -> None:
    trigger = triggered.make("each version", kind="model_version", mapping={"version": "version"})
    page = visit.go(f"/triggers?id={trigger}")
    expect(page.get_by_text("It has not fired lately")).to_be_visible()
    client = MlflowClient(triggered.url, triggered.url)
    client.create_model_version("taxi", "s3://bucket/model")
    firings = page.get_by_role("region", name="Firings")
    expect(firings.get_by_text("taxi has a new version 1")).to_be_visible()
    expect(firings.get_by_role("link", name=re.compile("^run "))).to_be_visible()
    triggered.delete(trigger)


def test_triggers_are_found_by_name_and_from_schedules(visit: Visit, triggered: Triggered) -> None:
    trigger = triggered.make("when it moves")
    page = visit.go("/schedules")
    page.get_by_role("navigation", name="Pipelines").get_by_role("link", name="Triggers").click()
    expect(row(page, "when it moves")).to_contain_text("When an alias of any model is set or moved")
    page.keyboard.press("Control+k")
    page.keyboard.type("it moves")
    page.get_by_role("option", name=re.compile("when it moves")).click()
    page.wait_for_url(f"**/triggers?id={trigger}")
    triggered.delete(trigger)


def test_the_page_is_for_everybody_and_cheap(visit: Visit, triggered: Triggered) -> None:
    trigger = triggered.make("outside", kind="webhook")
    is_cheap(visit, f"/triggers?id={trigger}")
    is_for_everybody(visit, f"/triggers?id={trigger}")
    visit.page.set_viewport_size({"width": 1440, "height": 900})
    visit.page.emulate_media(color_scheme="light")
    is_for_everybody(visit, f"/triggers?new={triggered.pipeline}")
    triggered.delete(trigger)
