"""Pipelines in the browser, made by the stock kfp client: what is there, what moves, and what can be done."""

import os
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import kfp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.ui.conftest import browser_for
from tests.e2e.ui.test_accessible import is_for_everybody
from tests.e2e.ui.test_budgets import NODES, is_cheap, loaded
from tests.support.browser import Visit, visiting
from tests.support.compiled import compiled
from tests.support.pipelines import document
from tests.support.server import RunningServer, running_server
from tests.support.shown_pipelines import NASTY, lingering, looking, nasty, training

SECONDS = 600
SOON = SECONDS * 1000


@dataclass(frozen=True)
class Piped:
    """A server with a pipeline in two versions, a schedule of it, and a run of it that has ended well."""

    server: RunningServer
    client: kfp.Client
    pipeline: str
    version: str
    schedule: str
    run: str

    @property
    def url(self) -> str:
        return self.server.url

    def start(self, pipeline: Callable[..., Any], **arguments: Any) -> str:
        run = self.client.create_run_from_pipeline_func(pipeline, arguments=arguments, enable_caching=False)
        return str(run.run_id)

    def get(self, path: str) -> Any:
        return httpx.get(f"{self.url}/api/v1/{path}", timeout=120).raise_for_status().json()

    def ended(self, run_id: str) -> str:
        return str(self.client.wait_for_run_completion(run_id, timeout=SECONDS, sleep_duration=0.1).state)

    def task(self, run_id: str, name: str) -> dict[str, Any]:
        tasks: list[dict[str, Any]] = self.get(f"pipeline-runs/{run_id}")["tasks"]
        return next(one for one in tasks if one["name"] == name)


@pytest.fixture(scope="module")
def piped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Piped]:
    folder = tmp_path_factory.mktemp("piped")
    file = folder / "training.yaml"
    file.write_bytes(compiled(training))
    with running_server(folder) as server, pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the client, of itself
        for name in [name for name in os.environ if name.startswith("KF_")]:
            patch.delenv(name)
        client = kfp.Client(host=server.url, namespace="kubeflow")
        kept = client.upload_pipeline(str(file), "training", description="Prepares rides, trains, and decides")
        newest = client.upload_pipeline_version(str(file), "second", pipeline_id=kept.pipeline_id)
        experiment = client.create_experiment("rides").experiment_id
        run = client.run_pipeline(
            experiment, "first run", pipeline_id=kept.pipeline_id, version_id=newest.pipeline_version_id
        )
        schedule = client.create_recurring_run(
            experiment,
            "nightly",
            cron_expression="0 30 3 * * *",
            pipeline_id=kept.pipeline_id,
            version_id=newest.pipeline_version_id,
        )
        made = Piped(
            server,
            client,
            str(kept.pipeline_id),
            str(newest.pipeline_version_id),
            str(schedule.recurring_run_id),
            str(run.run_id),
        )
        assert made.ended(made.run) == "SUCCEEDED"
        yield made


@pytest.fixture(scope="module")
def browser(piped: Piped) -> Iterator[Browser]:
    with browser_for(piped.url) as found:
        yield found


@pytest.fixture
def visit(browser: Browser, piped: Piped) -> Iterator[Visit]:
    with visiting(browser, piped.url) as made:
        yield made


def step(page: Page, name: str) -> Any:
    """A task of the graph."""
    return page.locator("[data-graph] button[data-path]", has_text=name)


def panel(page: Page) -> Any:
    return page.locator("aside")


ADDRESSES = {
    "list": "/pipelines",
    "pipeline": "/pipelines/{pipeline}",
    "yaml": "/pipelines/{pipeline}?tab=yaml",
    "new run": "/pipelines/{pipeline}?new=1",
    "new schedule": "/pipelines/{pipeline}?schedule=1",
    "upload": "/pipelines?upload=1",
    "runs": "/pipelines/runs",
    "run": "/pipelines/runs/{run}",
    "task": "/pipelines/runs/{run}?task={task}",
    "log": "/pipelines/runs/{run}?task={task}&log=log",
    "timeline": "/pipelines/runs/{run}?view=timeline",
    "schedules": "/schedules?id={schedule}",
    "nothing": "/pipelines/runs/none",
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_page_is_for_everybody(visit: Visit, piped: Piped, name: str) -> None:
    task = piped.task(piped.run, "evaluate")["id"]
    parts = {"pipeline": piped.pipeline, "run": piped.run, "schedule": piped.schedule, "task": task}
    is_for_everybody(visit, ADDRESSES[name].format(**parts))


def test_a_run_is_a_graph_with_groups_that_open_in_place(visit: Visit, piped: Piped) -> None:
    page = visit.go(f"/pipelines/runs/{piped.run}")
    expect(page.get_by_text("7 of 7 steps done")).to_be_visible()
    expect(step(page, "prepare")).to_contain_text("Succeeded")
    loop = step(page, "For each of")
    expect(loop).to_have_attribute("aria-expanded", "false")
    loop.click()
    expect(page.get_by_label(re.compile("^Round of for-loop"))).to_have_value("1")
    step(page, "train").click()
    expect(panel(page).get_by_text("mae")).to_be_visible()
    expect(panel(page).locator("dd", has_text="10").first).to_be_visible()
    panel(page).get_by_label("Close the task").click()
    page.get_by_role("button", name="Next round").click()
    step(page, "train").click()
    expect(panel(page).locator("code", has_text=re.compile("^2$"))).to_be_visible()
    address = page.url
    visit.page.goto(address)
    expect(panel(page).locator("code", has_text=re.compile("^2$"))).to_be_visible()


def test_a_branch_that_was_not_taken_is_told_in_words(visit: Visit, piped: Piped) -> None:
    page = visit.go(f"/pipelines/runs/{piped.run}")
    expect(page.locator("[data-graph] [data-state=SKIPPED]").first).to_contain_text("Skipped")


def test_metrics_are_drawn_and_pages_of_steps_reach_nothing(visit: Visit, piped: Piped) -> None:
    task = piped.task(piped.run, "evaluate")["id"]
    page = visit.go(f"/pipelines/runs/{piped.run}?task={task}")
    expect(panel(page).get_by_text("accuracy 0.925")).to_be_visible()
    expect(panel(page).get_by_role("cell", name="95")).to_be_visible()
    expect(panel(page).get_by_role("img", name=re.compile("^ROC curve of 4 thresholds"))).to_be_visible()
    expect(panel(page).locator("strong", has_text="good")).to_be_visible()
    frame = panel(page).locator("iframe")
    expect(frame).to_have_attribute("sandbox", "allow-scripts")
    inside = frame.content_frame.locator("body")
    expect(inside).to_have_attribute("data-ran", "yes")
    assert inside.evaluate("() => self.origin") == "null"
    assert inside.evaluate("() => fetch('/api/v1/server').then(() => 'reached', () => 'refused')") == "refused"
    visit.troubles.clear()  # the browser tells of what it refused


def test_an_artifact_is_looked_into_and_leads_to_who_read_it(visit: Visit, piped: Piped) -> None:
    task = piped.task(piped.run, "prepare")["id"]
    page = visit.go(f"/pipelines/runs/{piped.run}?task={task}")
    panel(page).get_by_role("button", name=re.compile("^rides")).click()
    expect(panel(page).get_by_role("columnheader", name="minutes")).to_be_visible()
    expect(panel(page).get_by_role("cell", name="38")).to_be_visible()
    expect(panel(page).get_by_role("link", name=re.compile("^train in first run")).first).to_be_visible()
    panel(page).get_by_role("tab", name="Log").click()
    expect(panel(page).get_by_role("region", name="Log of the task")).to_contain_text("preparing 20 rows")
    panel(page).get_by_role("tab", name="Code").click()
    expect(panel(page).get_by_role("region", name="What it runs")).to_contain_text("def prepare(rows: int")


def test_a_run_is_watched_while_it_goes_on(visit: Visit, piped: Piped, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    page = visit.go("/pipelines/runs")
    run = piped.start(lingering, path=str(gate))
    row = page.get_by_role("row", name=re.compile("lingering"))
    expect(row).to_contain_text("Running", timeout=SOON)
    row.get_by_role("link").first.click()
    expect(step(page, "linger")).to_contain_text("Running", timeout=SOON)
    step(page, "linger").click()
    panel(page).get_by_role("tab", name="Log").click()
    log = panel(page).get_by_role("region", name="Log of the task")
    expect(log).to_contain_text("the first line", timeout=SOON)
    visit.go("/")
    running = page.locator("section", has_text="Running now")
    expect(running.get_by_role("link", name=re.compile("lingering")).first).to_be_visible()
    page.go_back()
    expect(log).to_contain_text("the first line", timeout=SOON)
    gate.touch()
    expect(log).to_contain_text("the last line", timeout=SOON)
    expect(step(page, "linger")).to_contain_text("Succeeded", timeout=SOON)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Succeeded", timeout=SOON)
    assert piped.get(f"pipeline-runs/{run}")["run"]["state"] == "SUCCEEDED"


def test_a_run_is_terminated(visit: Visit, piped: Piped, tmp_path: Path) -> None:
    run = piped.start(lingering, path=str(tmp_path / "never"))
    page = visit.go(f"/pipelines/runs/{run}")
    page.get_by_role("button", name="Terminate").click()
    page.get_by_role("dialog").get_by_role("button", name="Terminate").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cancelled", timeout=SOON)
    expect(step(page, "linger")).to_contain_text("Cancelled")
    expect(page.get_by_role("button", name="Retry")).to_be_visible()


def test_a_run_that_failed_says_why_and_is_retried(visit: Visit, piped: Piped, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    run = piped.start(looking, path=str(gate))
    assert piped.ended(run) == "FAILED"
    visit.go("/")
    failed = visit.page.locator("section", has_text="Failed lately")
    failed.get_by_role("link", name=re.compile("looking")).first.click()
    page = visit.page
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text(f"there is no {gate}")
    alert.get_by_role("button", name="until-there").click()
    expect(panel(page).get_by_role("alert")).to_contain_text("FileNotFoundError")
    gate.touch()
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Succeeded", timeout=SOON)
    tasks = {one["name"]: one for one in piped.get(f"pipeline-runs/{run}")["tasks"]}
    assert (tasks["say"]["attempt"], tasks["until-there"]["attempt"]) == (0, 1)


def test_a_run_is_started_from_a_form_of_its_parameters_and_cloned(visit: Visit, piped: Piped) -> None:
    page = visit.go(f"/pipelines/{piped.pipeline}")
    page.get_by_role("button", name="New run").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_label(re.compile("^rows"))).to_have_value("20")
    form.get_by_label("Name", exact=True).fill("by hand")
    form.get_by_label(re.compile("^rows")).fill("many")
    form.get_by_role("button", name="Start the run").click()
    expect(form.get_by_text("This is no whole number")).to_be_visible()
    form.get_by_label(re.compile("^rows")).fill("7")
    form.get_by_label(re.compile("^depths")).fill("[3]")
    form.get_by_role("button", name="Start the run").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("by hand")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Succeeded", timeout=SOON)
    page.get_by_role("button", name="Clone").click()
    expect(form.get_by_label(re.compile("^rows"))).to_have_value("7")
    form.get_by_role("button", name="Start the run").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("by hand (clone)")
    clone = page.url.rpartition("/")[2]
    assert piped.get(f"pipeline-runs/{clone}")["run"]["parameters"] == {"rows": 7, "depths": [3], "note": "none"}
    assert piped.ended(clone) == "SUCCEEDED"


def test_a_schedule_is_made_switched_and_deleted(visit: Visit, piped: Piped) -> None:
    page = visit.go(f"/pipelines/{piped.pipeline}")
    page.get_by_role("button", name="Schedule", exact=True).click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("on weekdays")
    form.get_by_label("Cron, in UTC").fill("nonsense")
    expect(form.get_by_role("alert")).to_contain_text("not a cron expression")
    form.get_by_label("Cron, in UTC").fill("30 3 * * MON-FRI")
    expect(form.get_by_text("On weekdays at 03:30 UTC")).to_be_visible()
    expect(form.get_by_role("list", name="Next runs").get_by_role("listitem")).to_have_count(5)
    form.get_by_role("button", name="Create the schedule").click()
    row = page.get_by_role("row", name=re.compile("^on weekdays"))
    expect(row).to_contain_text("On weekdays at 03:30 UTC")
    expect(page.get_by_role("list", name="Next runs").get_by_role("listitem")).to_have_count(5)
    row.get_by_role("switch").click()
    expect(row.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    expect(row).to_contain_text("off")
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    assert [one["name"] for one in piped.get("schedules")["items"]] == ["nightly"]


def test_the_thread_of_a_schedule_leads_to_its_pipeline(visit: Visit, piped: Piped) -> None:
    page = visit.go("/schedules")
    page.get_by_role("button", name="nightly").click()
    thread = page.get_by_role("navigation", name="Lineage")
    expect(thread).to_contain_text("nightly")
    assert visit.violations() == []
    thread.get_by_role("link", name=re.compile("^pipeline")).click()
    page.wait_for_url(f"**/pipelines/{piped.pipeline}")


def test_a_file_is_uploaded_and_shown_as_yaml(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "looking.yaml"
    file.write_bytes(compiled(looking))
    page = visit.go("/pipelines")
    page.get_by_role("button", name="Upload").click()
    page.get_by_label("File of the pipeline").set_input_files(file)
    expect(page.get_by_label("Name", exact=True)).to_have_value("looking")
    page.get_by_role("dialog").get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("looking")
    expect(step(page, "until-there")).to_be_visible()
    page.get_by_role("tab", name="YAML").click()
    expect(page.get_by_role("region", name="looking.yaml")).to_contain_text("schemaVersion: ")
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete with all versions").click()
    expect(page.get_by_role("link", name="looking")).to_have_count(0)


def test_links_that_the_sdk_prints_lead_there(visit: Visit, piped: Piped) -> None:
    there = {
        f"/#/runs/details/{piped.run}": "first run",
        f"/#/pipelines/details/{piped.pipeline}": "training",
        f"/#/pipelines/details/{piped.pipeline}/version/{piped.version}": "training",
        f"/#/recurringrun/details/{piped.schedule}": "Pipelines",
        f"/#/experiments/details/{piped.client.get_experiment(experiment_name='rides').experiment_id}": "rides",
    }
    for link, title in there.items():
        visit.page.goto("about:blank")
        page = visit.go(link)
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    visit.page.goto("about:blank")
    page = visit.go(f"/#/recurringruns/details/{piped.schedule}")
    expect(page.get_by_role("list", name="Next runs")).to_be_visible()


def test_names_and_outputs_of_others_run_nothing(visit: Visit, piped: Piped) -> None:
    run = piped.client.create_run_from_pipeline_func(nasty, arguments={}, run_name=NASTY).run_id
    assert piped.ended(run) == "SUCCEEDED"
    page = visit.go(f"/pipelines/runs/{run}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(NASTY)
    step(page, "onerror").click()
    expect(panel(page).get_by_role("heading", name=NASTY)).to_be_visible()
    expect(panel(page).locator("dd", has_text=NASTY).first).to_be_visible()
    visit.go("/pipelines/runs")
    expect(page.get_by_role("link", name=NASTY)).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


def test_the_graph_is_walked_by_keyboard(visit: Visit, piped: Piped) -> None:
    page = visit.go(f"/pipelines/runs/{piped.run}?open=-")
    group = step(page, "exit task")
    group.focus()
    page.keyboard.press("Enter")
    expect(group).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(step(page, "prepare")).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel(page).get_by_role("heading", name="prepare")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("train")
    page.get_by_role("option", name=re.compile("training")).wait_for()


@pytest.mark.parametrize("name", ["run", "task", "pipeline", "pipelines", "runs", "schedules"])
def test_a_page_costs_little(visit: Visit, piped: Piped, name: str) -> None:
    run = f"/pipelines/runs/{piped.run}"
    paths = {
        "run": run,
        "task": f"{run}?task={piped.task(piped.run, 'evaluate')['id']}",
        "pipeline": f"/pipelines/{piped.pipeline}",
        "pipelines": "/pipelines",
        "runs": "/pipelines/runs",
        "schedules": "/schedules",
    }
    is_cheap(visit, paths[name])


def test_nothing_is_asked_of_a_run_that_has_ended(visit: Visit, piped: Piped) -> None:
    visit.page.clock.install()
    wire = loaded(visit, f"/pipelines/runs/{piped.run}", "[data-graph] button[data-path]")
    asked = len(visit.asked)
    visit.page.clock.run_for(60_000)
    wire.settle()
    assert visit.asked[asked:] == []


def test_a_pipeline_of_hundreds_of_steps_is_drawn_where_one_looks(visit: Visit, piped: Piped) -> None:
    many = document("many", tasks=[f"step-{at}" for at in range(400)])
    made = httpx.post(f"{piped.url}/api/v1/pipelines", json={"name": "many", "document": many.decode()}).json()
    page = visit.go(f"/pipelines/{made['id']}")
    step(page, "step-0").first.wait_for()
    assert page.evaluate("document.querySelectorAll('*').length") <= NODES
    page.locator("[data-graph]").evaluate("frame => frame.scrollTo({ top: frame.scrollHeight })")
    expect(step(page, "step-399")).to_be_visible()
    httpx.delete(f"{piped.url}/api/v1/pipelines/{made['id']}").raise_for_status()
