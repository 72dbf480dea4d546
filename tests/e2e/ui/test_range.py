"""One range and one clock for all views of a page, by steps too; and `b` for a baseline wherever there is one."""

import json
import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.ui.conftest import Shown
from tests.support.browser import Visit


def charts(visit: Visit, shown: Shown, more: str = "") -> Page:
    page = visit.go(f"/experiments/{shown.experiment}/runs/{shown.runs[7]}?tab=charts{more}")
    for name in ("loss", "val/accuracy"):
        expect(chart(page, name).locator("canvas")).to_be_visible()
    return page


def chart(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def drag(page: Page, name: str, *, shift: bool) -> None:
    """Over the middle half of a chart."""
    box = chart(page, name).locator(".u-over").bounding_box()
    assert box is not None
    if shift:
        page.keyboard.down("Shift")
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.mouse.move(box["x"] + 3 * box["width"] / 4, box["y"] + 60)
    page.mouse.up()
    if shift:
        page.keyboard.up("Shift")


def test_a_range_that_is_dragged_with_shift_is_that_of_all_charts(visit: Visit, shown: Shown) -> None:
    page = charts(visit, shown)
    with page.expect_request("**/metrics/buckets") as asked:
        drag(page, "loss", shift=True)
    page.wait_for_url(re.compile(r"steps=\d+\.\.\d+"))
    sent = json.loads(asked.value.post_data or "")
    assert sorted(sent["keys"]) == ["loss", "val/accuracy"]
    assert 0 < sent["start"] < sent["end"] < 39
    chosen = page.get_by_role("button", name=f"Steps {sent['start']} to {sent['end']}")
    expect(chosen).to_be_visible()
    page.reload()
    expect(chosen).to_be_visible()
    expect(chart(page, "loss").locator("canvas")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "steps=" not in url)
    expect(chosen).to_have_count(0)


def test_a_drag_without_shift_is_of_one_chart_and_a_double_click_undoes_either(visit: Visit, shown: Shown) -> None:
    page = charts(visit, shown)
    with page.expect_request("**/metrics/buckets") as asked:
        drag(page, "loss", shift=False)
    assert json.loads(asked.value.post_data or "")["keys"] == ["loss"]
    expect(page.get_by_role("button", name="Show all of it")).to_have_count(1)
    assert "steps=" not in page.url
    chart(page, "loss").locator(".u-over").dblclick()
    expect(page.get_by_role("button", name="Show all of it")).to_have_count(0)
    drag(page, "loss", shift=True)
    page.wait_for_url(re.compile("steps="))
    chart(page, "val/accuracy").locator(".u-over").dblclick()
    page.wait_for_url(lambda url: "steps=" not in url)


def test_a_range_is_chosen_by_keyboard_and_another_axis_has_another(visit: Visit, shown: Shown) -> None:
    page = charts(visit, shown)
    page.get_by_role("button", name="Range", exact=True).press("Enter")
    page.get_by_label("Step from").fill("10")
    page.get_by_label("Step to").fill("20")
    page.get_by_role("button", name="Show this range").press("Enter")
    page.wait_for_url(re.compile(r"steps=10\.\.20"))
    assert visit.violations() == []
    page.get_by_role("button", name="Relative", exact=True).click()
    page.wait_for_url(lambda url: "steps=" not in url and "x=relative" in url)
    drag(page, "loss", shift=True)
    page.wait_for_url(re.compile("elapsed="))


def test_a_step_that_is_pointed_at_is_a_moment(visit: Visit, shown: Shown) -> None:
    page = charts(visit, shown)
    chart(page, "loss").locator(".u-over").hover()
    expect(chart(page, "val/accuracy").locator("[data-clock]")).to_be_visible()
    expect(chart(page, "loss")).to_contain_text(re.compile(r"step \d+, 14 Nov"))
    page.get_by_role("heading", level=1).hover()
    expect(page.locator("[data-clock]")).to_have_count(0)
    chart(page, "loss").locator(".u-over").click()
    page.get_by_role("heading", level=1).hover()
    expect(chart(page, "loss").locator("[data-clock]")).to_be_visible()
    page.get_by_role("button", name="Time", exact=True).click()
    expect(chart(page, "loss").locator("[data-clock]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-clock]")).to_have_count(0)


def test_b_makes_a_run_the_baseline_of_those_one_looks_at_next(visit: Visit, shown: Shown) -> None:
    page = visit.go(f"/experiments/{shown.experiment}/runs/{shown.runs[7]}")
    page.keyboard.press("b")
    expect(page.get_by_text("This run is the baseline.")).to_be_visible()
    page.keyboard.press("]")
    expect(page.get_by_role("heading", level=1)).to_contain_text("run 06")
    expect(page.get_by_text("Against the baseline run 07")).to_be_visible()
    expect(page.get_by_title(re.compile("the baseline's")).first).to_be_visible()
    page.get_by_role("link", name="All runs against it").click()
    row = page.locator('[role="row"][id]').filter(has_text="run 59")
    expect(row).to_contain_text("+52")
    row.get_by_role("link").click()
    expect(page.get_by_text("Against the baseline run 07")).to_be_visible()
    page.get_by_role("button", name="No baseline").click()
    expect(page.get_by_text("Against the baseline")).to_have_count(0)


def test_b_goes_through_what_is_compared_or_takes_what_is_pointed_at(visit: Visit, shown: Shown) -> None:
    first, second, third, *_ = shown.runs
    page = visit.go(f"/compare?runs={first},{second},{third}")
    expect(page.get_by_role("link", name="run 00")).to_be_visible()
    page.keyboard.press("b")
    page.wait_for_url(f"**base={first}")
    page.keyboard.press("b")
    page.wait_for_url(f"**base={second}")
    page.get_by_role("link", name="run 02").focus()
    page.keyboard.press("b")
    page.wait_for_url(f"**base={third}")
    page.keyboard.press("b")
    page.wait_for_url(lambda url: "base=" not in url)


def test_the_thread_of_an_experiment_leads_from_its_best_run(visit: Visit, shown: Shown) -> None:
    page = visit.go(f"/experiments/{shown.experiment}")
    page.get_by_role("button", name="Lineage").click()
    thread = page.get_by_role("navigation", name="Lineage")
    expect(thread).to_contain_text("many runs")
    thread.get_by_role("link", name="best run run 00").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("run 00")
