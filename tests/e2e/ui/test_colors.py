"""The colour of a run: one in every view, to be chosen by keyboard, and kept where MLflow's own pages keep it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.ui.conftest import browser_for
from tests.support.browser import Visit, visiting
from tests.support.server import running_server

TAG = "mlflow.runColor"
ORANGE = "#c2410c"
IN_LIGHT = "rgb(194, 65, 12)"
IN_DARK = "rgb(255, 159, 90)"
MLFLOWS = "#00ff7f"
MANY = 12

LIKE = """([canvas, color]) => {
    const wanted = color.match(/\\d+/g).map(Number);
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let found = 0;
    for (let at = 0; at < data.length; at += 4)
        if (data[at + 3] > 200 && wanted.every((part, place) => Math.abs(part - data[at + place]) < 12)) found += 1;
    return found;
}"""
"""How many pixels of a drawing have a colour."""


@dataclass(frozen=True)
class Colored:
    """Two runs with flat curves, of which the second has a colour of somebody's, and more with one value."""

    url: str
    experiment: str
    first: str
    second: str

    def table(self, more: str = "") -> str:
        return f"/experiments/{self.experiment}?q=metrics.loss%20>=%200{more}"

    def tag(self) -> str | None:
        tags: dict[str, str] = MlflowClient(self.url).get_run(self.first).data.tags
        return tags.get(TAG)


@pytest.fixture(scope="module")
def colored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Colored]:
    with running_server(tmp_path_factory.mktemp("colored")) as server:
        client = MlflowClient(server.url, server.url)
        experiment = client.create_experiment("colours")
        runs = [client.create_run(experiment, run_name=name).info.run_id for name in ("first", "second")]
        for at, run in enumerate(runs):
            client.log_batch(run, metrics=[Metric("loss", at + 1, step, step) for step in range(20)])
            client.log_param(run, "depth", str(at))
        for at in range(MANY):
            client.log_metric(client.create_run(experiment, run_name=f"other {at}").info.run_id, "size", at)
        client.set_tag(runs[1], TAG, MLFLOWS)
        yield Colored(server.url, experiment, *runs)


@pytest.fixture(scope="module")
def browser(colored: Colored) -> Iterator[Browser]:
    with browser_for(colored.url) as found:
        yield found


@pytest.fixture
def visit(browser: Browser, colored: Colored) -> Iterator[Visit]:
    MlflowClient(colored.url).set_tag(colored.first, TAG, ORANGE)
    with visiting(browser, colored.url) as made:
        yield made


def swatch(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=f"Colour of {name}")


def is_drawn_in(page: Page, color: str) -> None:
    drawn = f"color => [...document.querySelectorAll('canvas')].some(one => ({LIKE})([one, color]))"
    page.wait_for_function(drawn, arg=color)


def test_a_color_is_chosen_by_keyboard_kept_for_mlflow_and_taken_back(visit: Visit, colored: Colored) -> None:
    MlflowClient(colored.url).delete_tag(colored.first, TAG)
    page = visit.go(colored.table("&sort=a.started"))
    own = swatch(page, "first").locator("i").evaluate("dot => dot.style.background")
    page.get_by_role("grid").focus()
    page.keyboard.press("h")
    choice = page.get_by_role("dialog", name="Colour of first")
    expect(choice.get_by_role("button", name="By its id")).to_have_attribute("aria-pressed", "true")
    expect(choice.get_by_role("button", name="Blue")).to_be_focused()
    assert visit.violations() == []
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("first is orange")).to_be_visible()
    expect(swatch(page, "first").locator("i")).to_have_css("background-color", IN_LIGHT)
    expect(page.get_by_role("grid")).to_be_focused()
    assert colored.tag() == ORANGE
    page.keyboard.press("Control+z")
    expect(swatch(page, "first").locator("i")).to_have_css("background-color", own)
    assert colored.tag() is None


def test_a_chosen_color_is_that_of_the_run_in_every_view(visit: Visit, colored: Colored) -> None:
    both = f"{colored.first},{colored.second}"
    for place in (
        colored.table(),
        colored.table("&view=charts"),
        f"/compare?runs={both}",
        f"/experiments/{colored.experiment}/runs/{colored.first}",
    ):
        page = visit.go(place)
        expect(swatch(page, "first").locator("i")).to_have_css("background-color", IN_LIGHT)
    for place in (
        colored.table("&view=charts"),
        colored.table("&view=charts&charts=scatter&up=m.loss&across=p.depth"),
        colored.table(f"&view=parallel&sel={colored.first}"),
        f"/compare?tab=charts&runs={both}",
        f"/experiments/{colored.experiment}/runs/{colored.first}?tab=charts",
    ):
        is_drawn_in(visit.go(place), IN_LIGHT)


def test_a_color_of_the_palette_has_a_form_for_the_dark_and_others_stay(browser: Browser, colored: Colored) -> None:
    MlflowClient(colored.url).set_tag(colored.first, TAG, ORANGE)
    with visiting(browser, colored.url, dark=True) as visit:
        page = visit.go(colored.table())
        expect(swatch(page, "first").locator("i")).to_have_css("background-color", IN_DARK)
        expect(swatch(page, "second").locator("i")).to_have_css("background-color", "rgb(0, 255, 127)")
        is_drawn_in(visit.go(colored.table("&view=charts")), IN_DARK)


def test_lines_of_one_color_differ_by_their_strokes(visit: Visit, colored: Colored) -> None:
    MlflowClient(colored.url).set_tag(colored.second, TAG, ORANGE)
    page = visit.go(colored.table("&view=charts"))
    expect(swatch(page, "first").or_(swatch(page, "second"))).to_have_count(2)
    expect(page.locator("[data-swatch] line[stroke-dasharray]")).to_have_count(1)
    MlflowClient(colored.url).set_tag(colored.second, TAG, MLFLOWS)
    page.reload()
    expect(swatch(page, "second").locator("i")).to_be_visible()
    expect(page.locator("[data-swatch] line[stroke-dasharray]")).to_have_count(0)


def test_of_many_runs_in_one_color_the_chosen_one_stands_out(visit: Visit, colored: Colored) -> None:
    query = "?view=charts&charts=scatter&up=m.loss&across=a.started"
    is_drawn_in(visit.go(f"/experiments/{colored.experiment}{query}"), IN_LIGHT)
