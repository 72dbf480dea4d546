"""Runs in drawings: what is drawn, that a run is the same one everywhere, and that an address brings it all back."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.ui.conftest import NASTY, RUNS, Shown
from tests.support.browser import Visit, next_frames

LIGHTS = """(canvas, places) => places.map(place => {
    const across = Math.round((0.05 + 0.9 * place) * canvas.width);
    const spot = canvas.getContext('2d').getImageData(across, Math.round(canvas.height * 0.43), 1, 1);
    const [red, green, blue, alpha] = spot.data;
    return alpha === 255 ? red + 2 * green + blue : 0;
})"""
"""How bright it is at some places across the drawing, and zero where nothing is painted."""


def drawing(page: Page, name: str) -> Locator:
    found = page.get_by_role("img", name=re.compile(name))
    found.wait_for()
    next_frames(page)
    return found


def charts(visit: Visit, shown: Shown, query: str = "") -> Page:
    return visit.go(f"/experiments/{shown.experiment}?view=charts{query}")


def drag_over(page: Page, canvas: Locator, part: float = 1.0) -> None:
    """From the upper left corner down to the lower right, or only across a part of it."""
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 3, box["y"] + 3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * part / 2, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] * part - 3, box["y"] + box["height"] - 3)
    page.mouse.up()


def selected(page: Page) -> Locator:
    return page.get_by_role("toolbar", name="Selected runs")


def point_near_the_middle(page: Page, canvas: Locator) -> None:
    """A run that is alone in its drawing stands there."""
    box = canvas.bounding_box()
    assert box is not None
    for aside in range(-10, 50, 6):
        page.mouse.move(box["x"] + box["width"] / 2 + aside, box["y"] + box["height"] / 2 - 9)
        next_frames(page)
        if tip(canvas).count():
            return
    raise AssertionError("There is no run in the middle")


def tip(canvas: Locator) -> Locator:
    return canvas.locator("xpath=..").locator("strong")


def test_any_column_stands_against_any_other_and_the_address_keeps_it(visit: Visit, shown: Shown) -> None:
    page = charts(visit, shown)
    page.get_by_role("group", name="Kind of chart").get_by_role("button", name="Scatter").click()
    page.get_by_role("combobox", name="Across", exact=True).select_option("p.lr")
    page.get_by_role("combobox", name="Up", exact=True).select_option("m.val/accuracy")
    drawing(page, f"^val.accuracy against lr of {RUNS} runs")
    page.get_by_role("combobox", name="Colour", exact=True).select_option("p.kind")
    page.get_by_role("checkbox", name="Logarithmic val/accuracy, up").click()
    # A rate of zero has no logarithm.
    page.get_by_role("checkbox", name="Logarithmic lr, across").click()
    drawing(page, f"of {RUNS - 1} runs")
    expect(page.get_by_text("1 run without both left out")).to_be_visible()
    page.reload()
    drawing(page, f"^val.accuracy against lr of {RUNS - 1} runs")
    expect(page.get_by_role("combobox", name="Colour", exact=True)).to_have_value("p.kind")
    page.get_by_role("combobox", name="Across", exact=True).select_option("p.kind")
    drawing(page, f"^val.accuracy against kind of {RUNS} runs")


def test_what_is_dragged_over_is_selected_in_every_view(visit: Visit, shown: Shown) -> None:
    page = charts(visit, shown, "&charts=scatter&across=a.started&up=m.loss")
    canvas = drawing(page, "^loss against Started")
    drag_over(page, canvas)
    expect(selected(page)).to_contain_text(f"{RUNS} runs selected")
    page.wait_for_url(re.compile("sel=[0-9a-f]{32},"))
    page.get_by_role("group", name="View").get_by_role("button", name="Table").click()
    expect(page.get_by_role("checkbox", name="Select all loaded runs")).to_be_checked()
    page.get_by_role("checkbox", name="Select run 59").uncheck()
    expect(selected(page)).to_contain_text(f"{RUNS - 1} runs selected")
    page.reload()
    expect(selected(page)).to_contain_text(f"{RUNS - 1} runs selected")
    expect(page.get_by_role("checkbox", name="Select run 58")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Select run 59")).not_to_be_checked()


def test_a_run_that_is_pointed_at_is_told_with_its_difference_and_a_click_selects_it(
    visit: Visit, shown: Shown
) -> None:
    only = "&q=params.lr%20=%20'0.7'"
    page = charts(visit, shown, f"&charts=scatter&across=p.lr&up=m.loss&base={shown.runs[5]}{only}")
    canvas = drawing(page, "^loss against lr of 1 run")
    point_near_the_middle(page, canvas)
    expect(tip(canvas)).to_have_text("run 07")
    expect(canvas.locator("xpath=..").locator("[title*='worse than']")).to_contain_text("+2")
    page.mouse.down()
    page.mouse.up()
    expect(selected(page)).to_contain_text("1 run selected")
    page.get_by_role("group", name="View").get_by_role("button", name="Table").click()
    expect(page.get_by_role("checkbox", name="Select run 07")).to_be_checked()


def test_a_run_that_is_pointed_at_stands_out_among_the_others(visit: Visit, shown: Shown) -> None:
    page = charts(visit, shown)
    drawing(page, "^loss of 20 runs")
    item = page.get_by_role("list", name="Runs in the charts").get_by_role("listitem").filter(has_text="run 55")
    over = page.get_by_role("region", name="loss", exact=True).locator(".u-over")
    box = over.bounding_box()
    assert box is not None
    lit = "() => document.querySelectorAll('ul[aria-label=\"Runs in the charts\"] li[data-pointed]').length"
    for down in range(10, int(box["height"]), 6):
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + down)
        next_frames(page)
        if page.evaluate(lit):
            break
    assert page.evaluate(lit) == 1
    item.hover()
    expect(item).to_have_attribute("data-pointed", "")


def test_groups_are_boxes_or_means_and_a_table(visit: Visit, shown: Shown) -> None:
    page = charts(visit, shown, "&charts=groups&across=p.kind&up=m.loss")
    drawing(page, f"^loss by kind: 2 groups of {RUNS} runs")
    page.get_by_role("button", name="Mean").click()
    page.wait_for_url(re.compile("as=bars"))
    page.get_by_role("button", name="As a table").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("30")
    # The last of exp(-39/10) is added to 0, 2, … 58.
    expect(rows.first).to_contain_text("29.02")


def test_two_params_and_a_metric_make_a_map_without_guesses(visit: Visit, shown: Shown) -> None:
    page = charts(visit, shown, "&charts=contour&across=p.kind&up=p.lr&by=m.loss")
    canvas = drawing(page, "^Mean loss by kind and lr: \\d+ places with runs")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.5)
    expect(tip(canvas)).to_contain_text("loss")
    page.mouse.down()
    page.mouse.up()
    expect(selected(page)).to_be_visible()
    page.get_by_role("button", name="As a table").click()
    expect(page.locator("tbody tr")).to_have_count(RUNS)


def test_a_metric_over_two_numbers_is_contours_with_the_runs_over_them(visit: Visit, shown: Shown) -> None:
    with httpx.Client(base_url=f"{shown.url}/api/2.0/mlflow/", timeout=120) as http:
        experiment = http.post("experiments/create", json={"name": "a hill"}).json()["experiment_id"]
        for at in range(25):
            right, up = at % 5, at // 5
            made = http.post("runs/create", json={"experiment_id": experiment, "run_name": f"at {right} {up}"}).json()
            values = {"params": [{"key": "right", "value": str(right)}, {"key": "up", "value": str(up)}]}
            height = {"key": "height", "value": 8 - (right - 2) ** 2 - (up - 2) ** 2, "timestamp": 1}
            wanted = {"run_id": made["run"]["info"]["run_id"], "metrics": [height], **values}
            http.post("runs/log-batch", json=wanted).raise_for_status()
    page = visit.go(f"/experiments/{experiment}?view=charts&charts=contour&across=p.right&up=p.up&by=m.height")
    canvas = drawing(page, "^Contours of height by right and up, 25 runs, from 0 to 8")
    # Between the runs it is painted, brighter towards the middle, where the hill is highest.
    lights = canvas.evaluate(LIGHTS, [0.3, 0.4, 0.48])
    assert all(lights)
    assert lights == sorted(lights)
    point_near_the_middle(page, canvas)
    expect(tip(canvas)).to_have_text(re.compile(r"^at \d \d$"))
    expect(canvas.locator("xpath=..")).to_contain_text("height")
    assert visit.violations() == []
    drag_over(page, canvas)
    expect(selected(page)).to_contain_text("25 runs selected")
    page.get_by_role("group", name="Drawn as").get_by_role("button", name="Means").click()
    drawing(page, "^Mean height by right and up: 25 places with runs")
    expect(selected(page)).to_contain_text("25 runs selected")
    with httpx.Client(base_url=f"{shown.url}/api/2.0/mlflow/", timeout=120) as http:
        http.post("experiments/delete", json={"experiment_id": experiment})


def test_a_line_across_the_axes_can_be_selected(visit: Visit, shown: Shown) -> None:
    page = visit.go(f"/experiments/{shown.experiment}?view=parallel&q=metrics.loss%20<%203")
    canvas = drawing(page, "^3 runs across kind, lr, loss")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5)
    for down in range(60, int(box["height"]) - 30, 5):
        page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + down)
        next_frames(page)
        if page.locator("strong", has_text=re.compile(r"^run \d\d$")).count():
            break
    page.mouse.down()
    page.mouse.up()
    expect(selected(page)).to_contain_text("1 run selected")


@pytest.fixture
def single(shown: Shown) -> Iterator[str]:
    """An experiment of its own with a metric that has one value a run, one of them below zero."""
    with httpx.Client(base_url=f"{shown.url}/api/2.0/mlflow/", timeout=120) as http:
        experiment = http.post("experiments/create", json={"name": "single values"}).json()["experiment_id"]
        for name, value in (("low", -0.5), ("high", 0.8), ("middle", 0.2)):
            made = http.post("runs/create", json={"experiment_id": experiment, "run_name": name}).json()
            run_id = made["run"]["info"]["run_id"]
            http.post("runs/log-metric", json={"run_id": run_id, "key": "r2", "value": value, "timestamp": 1})
        yield str(experiment)
        http.post("experiments/delete", json={"experiment_id": experiment})


def test_a_metric_with_one_value_a_run_is_bars(visit: Visit, single: str) -> None:
    page = visit.go(f"/experiments/{single}?view=charts")
    bars = page.get_by_role("region", name="r2 of each run").get_by_role("listitem")
    expect(bars).to_have_count(3)
    expect(bars.filter(has_text="high")).to_contain_text("0.8")
    places = "bar => { const box = bar.querySelector('i').getBoundingClientRect(); return [box.left, box.right]; }"
    low, high, middle = (bars.filter(has_text=name).evaluate(places) for name in ("low", "high", "middle"))
    # The lowest ends where zero is, and the others begin there.
    assert high[0] == pytest.approx(low[1], abs=1)
    assert middle[0] == pytest.approx(low[1], abs=1)
    assert high[1] > middle[1]
    assert low[0] < low[1]
    assert visit.violations() == []


def test_a_parent_that_lacks_metrics_of_its_children_is_drawn_by_them(visit: Visit, shown: Shown) -> None:
    with httpx.Client(base_url=f"{shown.url}/api/2.0/mlflow/", timeout=120) as http:
        experiment = http.post("experiments/create", json={"name": f"parents {NASTY}"}).json()["experiment_id"]
        made = http.post("runs/create", json={"experiment_id": experiment, "run_name": "parent"}).json()
        parent = made["run"]["info"]["run_id"]
        http.post("runs/log-metric", json={"run_id": parent, "key": "of the best", "value": 4, "timestamp": 1})
        tag = {"key": "mlflow.parentRunId", "value": parent}
        for name in ("one", "two"):
            child = http.post("runs/create", json={"experiment_id": experiment, "run_name": name, "tags": [tag]}).json()
            points = [{"key": "loss", "value": step, "step": step, "timestamp": step} for step in range(5)]
            http.post("runs/log-batch", json={"run_id": child["run"]["info"]["run_id"], "metrics": points})
    page = visit.go(f"/experiments/{experiment}?view=charts")
    drawing(page, "^loss of 2 runs: ")
    expect(page.get_by_text("1 parent without all metrics: the runs nested in it instead.")).to_be_visible()
    with httpx.Client(base_url=f"{shown.url}/api/2.0/mlflow/", timeout=120) as http:
        http.post("experiments/delete", json={"experiment_id": experiment})
