"""A run's files, source and log, and sets of runs that are compared: looked at in a real browser."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from mlflow import MlflowClient
from playwright.sync_api import Locator, Page, expect

from tests.e2e.ui.conftest import Shown
from tests.e2e.ui.test_budgets import is_cheap
from tests.support.artifact_files import CSV_ROWS, DIFF, HOSTILE, PARQUET_ROWS, write_files
from tests.support.browser import Visit, next_frames
from tests.support.compiled import compiled
from tests.support.conditions import await_until
from tests.support.kfp_pipelines import logging

PATIENCE = 600.0
COMMIT = "0123456789abcdef0123456789abcdef01234567"
GIT = {
    "mlflow.source.name": "train.py",
    "mlflow.source.git.commit": COMMIT,
    "mlflow.source.git.branch": "main",
    "mlflow.source.git.repoURL": "https://git.example.org/team/rides.git",
    "mlflow.source.git.diff": DIFF,
}


@dataclass(frozen=True)
class Run:
    experiment: str
    id: str
    twin: str

    def address(self, path: str = "", more: str = "") -> str:
        tab = f"?tab=artifacts&path={path}{more}" if path else ""
        return f"/experiments/{self.experiment}/runs/{self.id}{tab}"


@pytest.fixture(scope="module")
def run(shown: Shown, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """With a file of every kind, and another that has the same files."""
    client = MlflowClient(shown.url, shown.url)
    folder = tmp_path_factory.mktemp("files") / "all"
    write_files(folder)
    experiment = client.create_experiment("files")
    ids = []
    for name in ("with files", "its twin"):
        made = client.create_run(experiment, run_name=name, tags=GIT).info.run_id
        client.log_artifacts(made, str(folder))
        client.set_terminated(made)
        ids.append(made)
    return Run(experiment, *ids)


@pytest.mark.parametrize("path", ["", "notes.md", "data/rides.csv", "data/rows.parquet", "plots/curve.png"])
def test_a_deep_link_is_cheap(visit: Visit, run: Run, path: str) -> None:
    is_cheap(visit, run.address(path))


def test_one_goes_from_run_to_run(visit: Visit, run: Run) -> None:
    page = visit.go(run.address())
    expect(page.get_by_role("heading", level=1)).to_contain_text("with files")
    next_frames(page)
    page.keyboard.press("[")
    expect(page.get_by_role("heading", level=1)).to_contain_text("its twin")
    next_frames(page)
    page.keyboard.press("[")
    expect(page.get_by_text("This is the newest run")).to_be_visible()
    page.get_by_role("button", name="Older run").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("with files")


def content(page: Page) -> Locator:
    return page.locator("[class*=content]").last


def body_rows(page: Page) -> Locator:
    return page.get_by_role("region", name=re.compile("^Rows of")).locator("tbody tr")


def test_all_files_or_a_folder_are_fetched_as_a_zip(visit: Visit, run: Run) -> None:
    page = visit.go(run.address("notes.md"))
    with page.expect_download() as whole:
        page.get_by_role("link", name="Download all as a zip").click()
    archive = zipfile.ZipFile(whole.value.path())
    assert archive.testzip() is None
    assert len(archive.namelist()) == 13
    assert whole.value.suggested_filename == "with-files.zip"
    with page.expect_download() as part:
        page.get_by_role("link", name="Download data as a zip").click()
    names = zipfile.ZipFile(io.BytesIO(Path(part.value.path()).read_bytes())).namelist()
    assert sorted(names) == ["data/broken.parquet", "data/rides.csv", "data/rows.parquet"]


def test_the_files_of_a_version_are_fetched_from_its_page(visit: Visit, model: str) -> None:
    page = visit.go(f"/models/{model}/versions/1")
    with page.expect_download() as files:
        page.get_by_role("link", name="Files").click()
    assert f"{model}-1/MLmodel" in zipfile.ZipFile(files.value.path()).namelist()


def test_a_parquet_file_is_read_page_by_page(visit: Visit, run: Run) -> None:
    page = visit.go(run.address("data/rows.parquet"))
    expect(page.get_by_text(f"Rows 1 to 100 of {PARQUET_ROWS}, 3 columns")).to_be_visible()
    expect(body_rows(page).first).to_contain_text(HOSTILE)
    for shown in ("Rows 101 to 200", "Rows 201 to 250"):
        page.get_by_role("button", name="Next rows").click()
        expect(page.get_by_text(shown)).to_be_visible()
    expect(body_rows(page)).to_have_count(50)
    expect(page.get_by_role("button", name="Next rows")).to_be_disabled()
    page.reload()
    expect(body_rows(page).first.locator("td").nth(1)).to_have_text("200")
    assert visit.violations() == []


def test_a_broken_table_is_refused_in_words_and_the_page_stays(visit: Visit, run: Run) -> None:
    page = visit.go(run.address("data/broken.parquet"))
    expect(page.get_by_role("alert")).to_contain_text("not a Parquet file that can be read")
    page.get_by_role("button", name=re.compile("^notes.md")).click()
    expect(content(page).locator("strong")).to_have_text("bold")


def test_a_large_csv_file_is_fetched_as_far_as_it_is_seen(visit: Visit, run: Run) -> None:
    page = visit.go(run.address("data/rides.csv"))
    expect(page.get_by_text("Rows 1 to 100")).to_be_visible()
    expect(body_rows(page).first).to_contain_text(f'a "big" ride, {HOSTILE}')
    for first in (101, 201):
        page.get_by_role("button", name="Next rows").click()
        expect(page.get_by_text(f"Rows {first} to {first + 99}")).to_be_visible()
        expect(body_rows(page).first.locator("td").nth(1)).to_have_text(str(first - 1))
    page.get_by_role("button", name="Rows before").click()
    expect(body_rows(page).last.locator("td").nth(1)).to_have_text("199")
    assert CSV_ROWS > 300
    assert visit.violations() == []


def test_a_line_of_a_text_has_an_address(visit: Visit, run: Run) -> None:
    page = visit.go(run.address("notes.txt"))
    expect(page.get_by_text("3,000 lines")).to_be_visible()
    page.get_by_label("Go to line").fill("2500")
    page.keyboard.press("Enter")
    marked = page.locator("[data-lines='2500']")
    expect(marked).to_be_in_viewport()
    assert "line=2500" in page.url
    page.reload()
    expect(marked).to_be_in_viewport()
    numbers = page.locator("pre[aria-hidden]")
    numbers.click(position={"x": 10, "y": 18 * 9 + 4})
    numbers.click(position={"x": 10, "y": 18 * 11 + 4}, modifiers=["Shift"])
    expect(page.locator("[data-lines='10-12']")).to_be_visible()
    assert page.evaluate("document.querySelectorAll('*').length") < 400
    assert visit.violations() == []


def test_a_notebook_is_shown_and_runs_nothing(visit: Visit, run: Run) -> None:
    page = visit.go(run.address("study.ipynb"))
    expect(page.get_by_text("model.fit(x)")).to_be_visible()
    expect(page.get_by_text("ValueError: no")).to_be_visible()
    expect(page.get_by_alt_text("Output 3 of cell 2")).to_be_visible()
    frame = page.locator("iframe[title='Output 2 of cell 2']")
    expect(frame).to_have_attribute("sandbox", "")
    expect(frame.content_frame.locator("td")).to_have_text("pandas")
    assert "taken" not in page.title()
    assert visit.violations() == []
    visit.troubles.clear()  # the browser tells of the script that it refused


@pytest.mark.parametrize("path", ["notes.md", f"{HOSTILE}.json", "change.diff", "tone.wav", "clip.mp4", "weights.bin"])
def test_other_files_are_what_they_are_and_run_nothing(visit: Visit, run: Run, path: str) -> None:
    page = visit.go(run.address(quote(path)))
    expected = {
        "notes.md": content(page).locator("strong"),
        "change.diff": content(page).get_by_text("+depth = 4"),
        "tone.wav": page.locator("audio"),
        "clip.mp4": page.get_by_text("This browser cannot show the file"),
        "weights.bin": page.get_by_text("There is no preview of such files"),
    }.get(path, content(page).get_by_text(f'"name": "{HOSTILE}"'))
    expect(expected.first).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert page.locator("a[href^=javascript]").count() == 0
    assert visit.violations() == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    assert visit.violations() == []
    visit.troubles.clear()  # the film is none, says the browser


def test_the_files_cost_no_more_than_a_page_may(visit: Visit, run: Run) -> None:
    session = visit.page.context.new_cdp_session(visit.page)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    page = visit.go(run.address("data/rows.parquet"))
    expect(body_rows(page)).to_have_count(100)
    assert sum(sizes) <= 400_000
    assert len([one for one in visit.asked if "events/stream" not in one]) <= 20, visit.asked


def test_the_source_is_told_with_what_was_changed(visit: Visit, run: Run) -> None:
    page = visit.go(run.address())
    source = page.locator("section", has=page.get_by_role("heading", name="Source"))
    link = source.get_by_role("link", name=COMMIT[:12])
    expect(link).to_have_attribute("href", f"https://git.example.org/team/rides/commit/{COMMIT}")
    source.get_by_text("What was changed since the commit").click()
    expect(source.get_by_text("+depth = 4")).to_be_visible()
    expect(source.get_by_text(f"git checkout {COMMIT}")).to_be_visible()
    assert visit.violations() == []


@pytest.fixture(scope="module")
def under_way(shown: Shown, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, str, Path]]:
    """A run of a pipeline whose step logs with mlflow, prints, and waits for a file."""
    go_on = tmp_path_factory.mktemp("step") / "go on"

    with httpx.Client(base_url=f"{shown.url}/api/v1/", timeout=120) as http:
        body = {"document": compiled(logging).decode(), "parameters": {"go_on": str(go_on)}, "name": "logged"}
        made = http.post("pipeline-runs", json=body)
        assert made.status_code == 200, made.text
        yield http, made.json()["id"], go_on
        go_on.touch()


def tracked(http: httpx.Client, pipeline_run: str) -> list[dict[str, str]]:
    """The run of the pipeline and the one by its step."""
    asked = {"experiment_ids": ["0"], "filter": f"tags.`modelyard.pipelineRunId` = '{pipeline_run}'"}
    found: list[dict[str, str]] = http.post("runs/search", json=asked).json()["items"]
    return found


def test_a_run_shows_what_its_step_prints_as_it_prints_it(
    visit: Visit, under_way: tuple[httpx.Client, str, Path]
) -> None:
    http, pipeline_run, go_on = under_way
    await_until(lambda: len(tracked(http, pipeline_run)) == 2, PATIENCE)
    mine = next(one for one in tracked(http, pipeline_run) if one["name"] == "by the step")
    page = visit.go(f"/experiments/0/runs/{mine['id']}?tab=log")
    log = page.get_by_role("region", name="What the step printed")
    expect(log).to_contain_text("fitting <img src=x onerror=alert(1)>")
    expect(page.get_by_text("goes on while it runs")).to_be_visible()
    assert visit.violations() == []
    go_on.touch()
    expect(log).to_contain_text("fitted")
    expect(page.get_by_text("goes on while it runs")).to_have_count(0)
    parent = next(one for one in tracked(http, pipeline_run) if one["name"] != "by the step")
    page = visit.go(f"/experiments/0/runs/{parent['id']}?tab=log")
    expect(page.get_by_label("Step").locator("option:checked")).to_contain_text("log-and-wait")
    expect(log).to_contain_text("fitted")


def test_runs_are_kept_as_a_set_under_a_short_address(visit: Visit, run: Run, shown: Shown) -> None:
    page = visit.go(f"/compare?runs={run.id},{run.twin},{shown.runs[3]}")
    page.get_by_role("button", name="Keep as a set").click()
    page.get_by_label("Name").fill("the best")
    page.get_by_role("button", name="Keep 3 runs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("the best: 3 runs")
    assert "runs=" not in page.url
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("the best: 3 runs")
    assert visit.violations() == []
    visit.go("/compare")
    page.get_by_role("link", name="the best").click()
    expect(page.get_by_role("link", name="its twin")).to_be_visible()
    page.get_by_role("button", name="Keep it no longer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 3 runs")
    visit.go("/compare?set=the best")
    expect(page.get_by_text("No runs are kept as “the best”")).to_be_visible()


def test_images_of_runs_are_side_by_side(visit: Visit, run: Run) -> None:
    page = visit.go(f"/compare?runs={run.id},{run.twin}&tab=images")
    for name in ("with files", "its twin"):
        expect(page.get_by_alt_text(f"plots/curve.png of {name}")).to_be_visible()
    assert visit.violations() == []


@pytest.mark.parametrize("path", ["data/rows.parquet", "study.ipynb", "notes.txt", "change.diff"])
def test_files_fit_a_telephone(visit: Visit, run: Run, path: str) -> None:
    page = visit.go(run.address(path))
    page.wait_for_function("() => document.querySelectorAll('[aria-busy=true]').length === 0")
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("() => document.getElementById('main').scrollWidth <= innerWidth")
    visit.troubles.clear()
