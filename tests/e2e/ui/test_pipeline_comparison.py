"""Runs of pipelines beside one another, where cached outputs are from, and the one clock of timeline and log."""

import base64
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.ui.conftest import browser_for
from tests.e2e.ui.test_accessible import is_for_everybody
from tests.support.browser import Visit, visiting
from tests.support.compiled import compiled
from tests.support.conditions import await_until
from tests.support.server import running_server
from tests.support.shown_pipelines import stamped, training
from tests.support.snippets import run_python, run_shell, snippets

SECONDS = 600.0


@dataclass(frozen=True)
class Paired:
    """A pipeline that came in a zip, two runs of it of which the second took an output of the first, and a clock."""

    url: str
    pipeline: str
    first: str
    second: str
    stamped: str

    def get(self, path: str) -> Any:
        return httpx.get(f"{self.url}/api/v1/{path}", timeout=120).raise_for_status().json()

    def task(self, run: str, name: str) -> str:
        return next(str(one["id"]) for one in self.get(f"pipeline-runs/{run}")["tasks"] if one["name"] == name)

    @property
    def both(self) -> str:
        return f"/pipelines/compare?runs={self.first},{self.second}"


def zipped(document: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("pipeline.yaml", document)
    return packed.getvalue()


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paired]:
    with (
        running_server(tmp_path_factory.mktemp("paired")) as server,
        httpx.Client(base_url=f"{server.url}/api/v1/", timeout=120) as http,
    ):
        archive = base64.b64encode(zipped(compiled(training))).decode()
        pipeline = http.post("pipelines", json={"name": "training", "archive": archive}).json()["id"]

        def ended(**asked: Any) -> str:
            run_id = str(http.post("pipeline-runs", json=asked).raise_for_status().json()["id"])
            await_until(lambda: http.get(f"pipeline-runs/{run_id}").json()["run"]["ended_at"] is not None, SECONDS)
            assert http.get(f"pipeline-runs/{run_id}").json()["run"]["state"] == "SUCCEEDED"
            return run_id

        first = ended(name="shallow", pipeline_id=pipeline, parameters={"depths": [1], "note": "same"})
        second = ended(name="deep", pipeline_id=pipeline, parameters={"depths": [4, 5], "note": "same"})
        clock = ended(name="clock", document=compiled(stamped).decode())
        yield Paired(server.url, str(pipeline), first, second, clock)


@pytest.fixture(scope="module")
def browser(paired: Paired) -> Iterator[Browser]:
    with browser_for(paired.url) as found:
        yield found


@pytest.fixture
def visit(browser: Browser, paired: Paired) -> Iterator[Visit]:
    with visiting(browser, paired.url) as made:
        yield made


@pytest.mark.parametrize("more", ["&all=1&base={first}", "&tab=artifacts"])
def test_the_comparison_is_for_everybody(visit: Visit, paired: Paired, more: str) -> None:
    is_for_everybody(visit, paired.both + more.format(first=paired.first))


def test_runs_that_are_selected_are_compared_and_the_address_says_which(visit: Visit, paired: Paired) -> None:
    page = visit.go("/pipelines/runs")
    for name in ("deep", "shallow"):
        page.get_by_label(f"Select {name}").check()
    expect(page.get_by_role("toolbar", name="Selected runs")).to_contain_text("2 runs selected")
    page.keyboard.press("Control+z")
    expect(page.get_by_role("toolbar", name="Selected runs")).to_contain_text("1 run selected")
    page.get_by_label("Select shallow").check()
    page.keyboard.press("c")
    page.wait_for_url(f"**/pipelines/compare?runs={paired.second},{paired.first}")
    page.reload()
    table = page.get_by_role("region", name="Differences")
    expect(table.get_by_role("columnheader").nth(1)).to_contain_text("deep")
    expect(table.get_by_role("row", name=re.compile("^depths"))).to_contain_text("[4,5]")
    expect(table.get_by_role("row", name=re.compile("^note"))).to_have_count(0)
    page.get_by_label("Only what differs").uncheck()
    expect(table.get_by_role("row", name=re.compile("^note"))).to_contain_text("same")


def test_results_and_tasks_stand_against_a_baseline(visit: Visit, paired: Paired) -> None:
    page = visit.go(paired.both)
    page.get_by_role("button", name="Make shallow the baseline").click()
    table = page.get_by_role("region", name="Differences")
    mae = table.get_by_role("row", name=re.compile(r"\[1\].train · mae"))
    expect(mae).to_contain_text("better than the baseline")
    expect(mae).to_contain_text("2.500")
    second = table.get_by_role("row", name=re.compile(r"\[2\].train · mae"))
    expect(second.get_by_role("cell").first).to_have_class("muted")
    train = table.get_by_role("row", name=re.compile(".train Succeeded"))
    expect(train).to_contain_text("2")
    prepare = table.get_by_role("row", name=re.compile("prepare"))
    expect(prepare.last).to_contain_text("Cached")
    page.get_by_role("button", name="Leave out shallow").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 1 run of pipelines")


def test_curves_are_drawn_over_one_another_and_matrices_beside(visit: Visit, paired: Paired) -> None:
    page = visit.go(f"{paired.both}&tab=artifacts")
    classes = page.get_by_role("region", name=re.compile("classes$"))
    expect(
        classes.get_by_role("img", name=re.compile("^ROC curves; the areas below them: shallow .*, deep "))
    ).to_be_visible()
    expect(classes.get_by_text("accuracy 0.925")).to_have_count(2)
    expect(page.get_by_role("region", name=re.compile("note$")).locator("strong", has_text="good")).to_have_count(2)


def test_a_link_of_the_sdk_to_a_comparison_leads_there(visit: Visit, paired: Paired) -> None:
    page = visit.page
    page.goto(f"{paired.url}/#/compare?runlist={paired.first},{paired.second}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 2 runs of pipelines")
    page.goto(f"{paired.url}/pipelines/compare?runs={paired.first},gone")
    expect(page.get_by_text("1 run of these cannot be found.")).to_be_visible()


def test_a_cached_task_leads_to_the_one_whose_results_it_took(visit: Visit, paired: Paired) -> None:
    page = visit.go(f"/pipelines/runs/{paired.second}?task={paired.task(paired.second, 'prepare')}")
    page.get_by_role("link", name="prepare in shallow").click()
    page.wait_for_url(f"**/pipelines/runs/{paired.first}?task={paired.task(paired.first, 'prepare')}")
    expect(page.get_by_role("complementary")).to_contain_text("Succeeded")


def test_a_tracking_run_leads_back_to_its_pipeline_and_its_task(visit: Visit, paired: Paired) -> None:
    mlflow = f"{paired.url}/api/2.0/mlflow/runs/create"
    task = paired.task(paired.first, "evaluate")
    tags = {"modelyard.pipelineRunId": paired.first, "modelyard.pipelineTaskId": task}
    asked = {"experiment_id": "0", "tags": [{"key": key, "value": value} for key, value in tags.items()]}
    made = httpx.post(mlflow, json=asked).json()["run"]["info"]["run_id"]
    page = visit.go(f"/experiments/0/runs/{made}")
    thread = page.get_by_role("navigation", name="Lineage")
    expect(thread.get_by_role("link", name="pipeline run shallow")).to_be_visible()
    thread.get_by_role("link", name=re.compile("^task evaluate")).click()
    page.wait_for_url(f"**/pipelines/runs/{paired.first}?task={task}")


def test_all_runs_are_filtered_by_name_on_the_server(visit: Visit, paired: Paired) -> None:
    page = visit.go("/pipelines/runs")
    with page.expect_response(lambda answer: "name=shal" in answer.url):
        page.get_by_label("Filter by name").fill("shal")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_text("1 run", exact=True)).to_be_visible()
    page.get_by_label("Filter by name").fill("no such run")
    expect(page.get_by_role("heading", name="No such run")).to_be_visible()


def test_a_zip_is_uploaded(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "packed training.zip"
    file.write_bytes(zipped(compiled(training)))
    page = visit.go("/pipelines?upload=1")
    page.get_by_label("File of the pipeline").set_input_files(file)
    expect(page.get_by_role("dialog").get_by_label("Name")).to_have_value("packed training")
    page.get_by_role("button", name="Upload", exact=True).last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("packed training")
    expect(page.locator("[data-graph] button[data-path$='/evaluate']")).to_be_visible()


def test_one_moment_for_timeline_and_log(visit: Visit, paired: Paired) -> None:
    task = paired.task(paired.stamped, "tell-time")
    page = visit.go(f"/pipelines/runs/{paired.stamped}?view=timeline&task={task}&log=log")
    log = page.get_by_role("region", name="Log of the task")
    expect(log).to_contain_text("the second line")
    moment = page.get_by_role("slider", name="Moment")
    moment.press("Home")
    expect(page.get_by_role("button", name="Let go of the moment")).to_be_enabled()
    expect(log.locator("[data-line]")).to_have_count(0)
    moment.press("End")
    expect(log.locator("[data-line]")).to_contain_text("Wrote executor output file")
    moment.press("Home")
    expect(log.locator("[data-line]")).to_have_count(0)
    expect(page.locator("[data-ran=true]", has_text="tell-time")).to_be_visible()
    page.get_by_role("button", name="Let go of the moment").click()
    lane = page.get_by_role("row", name=re.compile("tell-time")).get_by_role("cell").last
    lane.hover()
    expect(page.locator("[data-ran=true]", has_text="tell-time")).to_be_visible()
    page.get_by_role("heading", level=1).hover()
    expect(page.locator("[data-ran=true]")).to_have_count(0)


def test_a_range_of_the_timeline_is_that_of_the_log(visit: Visit, paired: Paired) -> None:
    task = paired.task(paired.stamped, "tell-time")
    page = visit.go(f"/pipelines/runs/{paired.stamped}?view=timeline&task={task}&log=log")
    log = page.get_by_role("region", name="Log of the task")
    expect(log).to_contain_text("the second line")
    lane = page.get_by_role("row", name=re.compile("tell-time")).get_by_role("cell").last.bounding_box()
    assert lane is not None
    page.keyboard.down("Shift")
    page.mouse.move(lane["x"] + 1, lane["y"] + 4)
    page.mouse.down()
    page.mouse.move(lane["x"] + 5, lane["y"] + 4)
    page.mouse.up()
    page.keyboard.up("Shift")
    page.wait_for_url(re.compile(r"during=\d+\.\.\d+"))
    expect(page.get_by_text("Nothing was printed in the range that is shown.")).to_be_visible()
    expect(log).not_to_contain_text("the second line")
    assert visit.violations() == []
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "during=" not in url)
    expect(log).to_contain_text("the second line")


def test_the_thread_of_a_pipeline_is_looked_at_without_leaving(visit: Visit, paired: Paired) -> None:
    page = visit.go(f"/pipelines/{paired.pipeline}")
    bead = page.get_by_role("navigation", name="Lineage").get_by_role("link", name=re.compile("^newest run deep"))
    bead.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("region", name="A look at newest run deep")).to_contain_text("Steps")
    assert visit.violations() == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name=re.compile("^A look at"))).to_have_count(0)


def test_every_page_of_pipelines_is_shown_as_code_that_works(visit: Visit, paired: Paired) -> None:
    addresses = [
        "/pipelines",
        "/pipelines/runs?q=shallow",
        "/schedules",
        f"/pipelines/runs/{paired.first}",
        paired.both,
    ]
    found = [snippets(visit, address) for address in addresses]
    for each in found:
        run_shell(each["curl"])
    assert paired.first in run_shell(found[1]["curl"])
    assert paired.second not in run_shell(found[1]["curl"])
    run_shell("\n".join(each["Terminal"] for each in found if "Terminal" in each))
    printed = run_python([each["kfp"] for each in found])
    assert "shallow" in printed
    of_pipeline = snippets(visit, f"/pipelines/{paired.pipeline}")
    assert paired.pipeline in run_shell(of_pipeline["curl"])
