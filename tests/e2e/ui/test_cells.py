"""What cells of the runs table show besides last values; the table without a mouse, and on a telephone."""

import json
import re

from playwright.sync_api import Page, Request, expect

from tests.e2e.ui.conftest import Shown
from tests.support.browser import Visit

ROWS = '[role="row"][id]'


def table(visit: Visit, shown: Shown, query: str = "") -> Page:
    page = visit.go(f"/experiments/{shown.experiment}{query}")
    page.locator(ROWS).first.wait_for()
    return page


def test_curves_of_the_rows_in_sight_are_one_question(visit: Visit, shown: Shown) -> None:
    charts: list[Request] = []
    visit.page.on("request", lambda request: charts.append(request) if "/metrics/buckets" in request.url else None)
    page = table(visit, shown)
    rows = page.locator(ROWS)
    expect(rows.filter(has_text="run 59").locator("polyline")).to_have_count(1)
    asked = [json.loads(request.post_data or "{}") for request in charts]
    assert [one["keys"] for one in asked] == [["loss"]]
    assert len(asked[0]["run_ids"]) < 45
    page.get_by_role("grid").evaluate("grid => grid.scrollTo({ top: grid.scrollHeight })")
    expect(rows.filter(has_text="run 00").locator("polyline")).to_have_count(1)
    further = [one for request in charts[1:] for one in json.loads(request.post_data or "{}")["run_ids"]]
    assert not set(further) & set(asked[0]["run_ids"])


def test_a_column_may_show_the_highest_value_of_a_metric(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown, f"?base={shown.runs[58]}")
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("What is shown of loss").select_option("max")
    page.keyboard.press("Escape")
    head = page.get_by_role("columnheader", name="loss")
    expect(head).to_contain_text("max")
    expect(head.get_by_role("button")).to_be_disabled()
    cell = page.locator(ROWS).filter(has_text="run 59").get_by_role("gridcell").filter(has_text="60")
    expect(cell).to_contain_text("+1")
    page.wait_for_url(re.compile(r"cols=.*m~max\.loss|cols=.*m%7Emax\.loss"))
    page.reload()
    expect(cell).to_contain_text("+1")


def test_a_link_skips_what_is_above_the_table(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Settings").focus()
    page.keyboard.press("Tab")
    if page.get_by_role("link", name="Skip to the runs").evaluate("link => link !== document.activeElement"):
        page.keyboard.press("Tab")  # the content itself, where browsers let it be reached
    expect(page.get_by_role("link", name="Skip to the runs")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("grid")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("run 59")


def test_on_a_telephone_runs_are_cards_of_two_lines(visit: Visit, shown: Shown) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    page = table(visit, shown, f"?base={shown.runs[58]}")
    card = page.locator(ROWS).filter(has_text="run 59")
    expect(card).to_contain_text("loss 59.02")
    expect(card.locator("[title*='worse than']").first).to_be_visible()
    box = card.bounding_box()
    assert box is not None
    assert box["height"] < 70
    assert box["width"] <= 390
    assert page.get_by_role("grid").evaluate("grid => grid.scrollWidth <= grid.clientWidth")
    page.get_by_label("Sort by").select_option("m.loss")
    page.get_by_role("button", name="Ascending").click()
    expect(page.locator(f"{ROWS} a").first).to_have_text("run 00")
    card = page.locator(ROWS).filter(has_text="run 00")
    card.get_by_role("checkbox").check()
    expect(page.get_by_role("toolbar")).to_contain_text("1 run selected")
    assert visit.violations() == []
    card.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("run 00")
