"""What every page has: undo, a thread, a baseline, one clock, itself as code; and files at several steps."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric
from playwright.sync_api import Browser, expect

from tests.e2e.ui.conftest import browser_for
from tests.e2e.ui.test_accessible import is_for_everybody
from tests.support.browser import Visit, visiting
from tests.support.server import running_server
from tests.support.snippets import run_python, run_shell, snippets

NASTY = "it's <img src=x onerror=alert(1)> $HOME"
STEPS = (0, 10, 20)
BEGAN = 1_700_000_000_000


@dataclass(frozen=True)
class Made:
    """Two runs with curves, images at steps and settings, each registered as a version; the first is the champion."""

    url: str
    experiment: str
    first: str
    second: str

    def run(self, more: str = "") -> str:
        return f"/experiments/{self.experiment}/runs/{self.first}{more}"

    @property
    def both(self) -> str:
        return f"/compare?runs={self.first},{self.second}"

    def tags(self) -> dict[str, str]:
        found: dict[str, Any] = httpx.get(f"{self.url}/api/v1/runs/{self.first}", timeout=120).json()
        return {one["key"]: one["value"] for one in found["tags"]}


def filled(url: str) -> Made:
    client = MlflowClient(url, url)
    experiment = client.create_experiment("signatures")
    client.create_registered_model(NASTY)
    runs = []
    for at, name in enumerate(("first", "second")):
        run = client.create_run(experiment, run_name=name).info.run_id
        for key in ("loss", "accuracy"):
            points = [Metric(key, (at + 1) / (step + 1), BEGAN + 1000 * step, step) for step in range(60)]
            client.log_batch(run, metrics=points)
        for step in STEPS[at:]:
            client.log_image(run, np.full((8, 8, 3), 40 * at + step, np.uint8), key="dog", step=step, synchronous=True)
        client.log_text(run, f"depth: 3\nrate: 0.{at}\nname: <b>rides</b>\n", "settings.yaml")
        client.set_terminated(run)
        client.create_model_version(NASTY, f"runs:/{run}/model", run)
        runs.append(run)
    client.set_registered_model_alias(NASTY, "champion", "1")
    return Made(url, experiment, *runs)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with running_server(tmp_path_factory.mktemp("signature")) as server:
        yield filled(server.url)


@pytest.fixture(scope="module")
def browser(made: Made) -> Iterator[Browser]:
    with browser_for(made.url) as found:
        yield found


@pytest.fixture
def visit(browser: Browser, made: Made) -> Iterator[Visit]:
    with visiting(browser, made.url) as found:
        yield found


@pytest.mark.parametrize("more", ["&tab=images&step=10", "&tab=files&code=1"])
def test_files_that_are_compared_are_for_everybody(visit: Visit, made: Made, more: str) -> None:
    is_for_everybody(visit, made.both + more)


def test_a_selection_and_a_sort_are_taken_back_one_by_one(visit: Visit, made: Made) -> None:
    page = visit.go(f"/experiments/{made.experiment}")
    bar = page.get_by_role("toolbar", name="Selected runs")
    for name in ("first", "second"):
        page.get_by_label(f"Select {name}").check()
    expect(bar).to_contain_text("2 runs selected")
    page.get_by_role("button", name="Charts").click()
    page.wait_for_url("**view=charts**")
    page.keyboard.press("Control+z")
    page.wait_for_url(lambda url: "view=charts" not in url)
    page.keyboard.press("Control+z")
    expect(bar).to_contain_text("1 run selected")
    page.keyboard.press("Control+z")
    expect(bar).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.get_by_role("grid", name="Runs")).to_be_visible()


def test_a_tag_that_was_set_is_taken_back(visit: Visit, made: Made) -> None:
    page = visit.go(made.run())
    page.get_by_label("Key of a new tag").fill("team")
    page.get_by_label("Value of a new tag").fill("rides")
    page.get_by_label("Add the tag").click()
    expect(page.get_by_role("status").filter(has_text="The tag team is set")).to_be_visible()
    assert made.tags()["team"] == "rides"
    page.get_by_role("heading", level=1).click()
    with page.expect_response(re.compile("runs.tags$")):
        page.keyboard.press("Control+z")
    expect(page.get_by_label("Remove the tag team")).to_have_count(0)
    assert "team" not in made.tags()


def test_a_bead_is_looked_at_and_arrows_walk_along(visit: Visit, made: Made) -> None:
    page = visit.go("/models")
    page.get_by_role("link", name=NASTY).click()
    thread = page.get_by_role("navigation", name="Lineage")
    thread.get_by_role("link", name="run first").focus()
    here = page.url
    page.keyboard.press("Space")
    look = page.get_by_role("region", name=re.compile("^A look at"))
    expect(look).to_contain_text("accuracy")
    assert visit.violations() == []
    page.keyboard.press("ArrowRight")
    expect(look).to_contain_text("@champion")
    page.keyboard.press("Escape")
    expect(look).to_have_count(0)
    assert page.url == here
    page.keyboard.press("Enter")
    page.wait_for_url("**/versions/1")


def test_the_version_in_production_is_the_baseline_of_the_others(visit: Visit, made: Made) -> None:
    page = visit.go(f"/models/{NASTY}".replace("$", "%24"))
    row = page.get_by_role("row", name=re.compile("^Version 2"))
    expect(row).to_contain_text("better than the baseline")
    expect(page.get_by_role("row", name=re.compile("^Version 1"))).not_to_contain_text("the baseline")
    row.get_by_role("link", name="Version 2").click()
    expect(page.get_by_role("columnheader", name="Version 1")).to_be_visible()
    expect(page.get_by_label("Compare with").locator("option:checked")).to_contain_text("in production")
    page.get_by_label("Compare with").select_option("none")
    expect(page.get_by_role("columnheader", name="Version 1")).to_have_count(0)


def test_b_measures_all_versions_against_one(visit: Visit, made: Made) -> None:
    page = visit.go(f"/models/{NASTY}/versions/2".replace("$", "%24"))
    page.keyboard.press("b")
    page.wait_for_url("**against=2")
    row = page.get_by_role("row", name=re.compile("^Version 1"))
    expect(row).to_contain_text("worse than the baseline")
    row.get_by_role("link", name="Version 1").click()
    expect(page.get_by_label("Compare with")).to_have_value("2")
    page.go_back()
    row.get_by_role("link", name="Version 1").focus()
    page.keyboard.press("b")
    page.wait_for_url("**against=1")


def test_a_moment_on_one_chart_is_shown_on_the_others(visit: Visit, made: Made) -> None:
    page = visit.go(made.run("?tab=charts&x=time"))
    loss, accuracy = (page.get_by_role("region", name=name, exact=True) for name in ("loss", "accuracy"))
    expect(accuracy.locator("canvas")).to_be_visible()
    loss.locator(".u-over").hover()
    expect(accuracy.locator("[data-clock]")).to_be_visible()
    page.get_by_role("heading", level=1).hover()
    expect(page.locator("[data-clock]")).to_have_count(0)
    loss.locator(".u-over").click()
    page.get_by_role("heading", level=1).hover()
    expect(accuracy.locator("[data-clock]")).to_be_visible()


def test_an_image_goes_through_its_steps(visit: Visit, made: Made) -> None:
    page = visit.go(made.run("?tab=artifacts"))
    page.get_by_role("button", name="images").click()
    page.get_by_role("button", name=re.compile("dog.step.0.*png")).click()
    expect(page.get_by_text("1 of 3")).to_be_visible()
    page.get_by_role("slider", name="Step").press("ArrowRight")
    expect(page.get_by_text("2 of 3")).to_be_visible()
    page.get_by_role("slider", name="Step").press("End")
    expect(page.get_by_text("3 of 3")).to_be_visible()
    expect(page.locator("img[alt*='step+20']")).to_be_visible()
    expect(page.get_by_role("slider", name="Step")).to_be_focused()


def test_the_same_image_of_several_runs_is_shown_at_one_step(visit: Visit, made: Made) -> None:
    page = visit.go(f"{made.both}&tab=images")
    pictures = page.locator("figure img")
    expect(pictures).to_have_count(2)
    for picture in pictures.all():
        expect(picture).to_have_attribute("alt", re.compile("dog.step.20"))
    page.get_by_role("slider", name="Step").press("Home")
    expect(pictures).to_have_count(1)
    expect(page.get_by_text("It has no such image so far.")).to_be_visible()
    page.wait_for_url("**step=0**")


def test_texts_of_two_runs_are_told_apart_line_by_line(visit: Visit, made: Made) -> None:
    page = visit.go(f"{made.both}&tab=files")
    changes = page.get_by_role("region", name="Changes")
    expect(changes).to_contain_text("-rate: 0.0")
    expect(changes).to_contain_text("+rate: 0.1")
    expect(changes).to_contain_text(" name: <b>rides</b>")
    expect(changes).not_to_contain_text("-depth")


def test_every_page_is_shown_as_code_that_works(visit: Visit, made: Made) -> None:
    model = f"/models/{NASTY}".replace("$", "%24")
    addresses = ["/", "/experiments", "/models", model, "/endpoints", made.both, "/settings", made.run()]
    addresses += [f"/experiments/{made.experiment}", f"{model}/versions/2"]
    found = [snippets(visit, address) for address in addresses]
    for each in found:
        run_shell(each["curl"])
    assert "champion" in run_shell(found[3]["curl"])
    run_shell("\n".join(each["Terminal"] for each in found[:5] if "Terminal" in each))
    texts = [each[language] for each in found[:-1] for language in ("mlflow", "Modelyard") if language in each]
    assert "champion" in run_python(texts)
