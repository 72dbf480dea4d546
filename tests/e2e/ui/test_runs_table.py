import re

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.e2e.ui.conftest import NASTY, RUNS, Shown
from tests.support.browser import Visit

ROWS = '[role="row"][id]'


def names(page: Page) -> Locator:
    return page.locator(f"{ROWS} a")


def table(visit: Visit, experiment: str, query: str = "") -> Page:
    page = visit.go(f"/experiments/{experiment}{query}")
    page.locator(ROWS).first.wait_for()
    return page


def test_metrics_and_differing_params_are_seen_at_once(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown.experiment)
    heads = page.get_by_role("columnheader")
    for at, text in enumerate(("Run", "Started", "Duration", "loss", "val/accuracy", "kind", "lr")):
        expect(heads.nth(at)).to_have_text(text, use_inner_text=True)
    expect(page.get_by_role("status").filter(has_text=f"{RUNS} runs")).to_be_visible()


def test_a_head_sorts_on_the_server_and_the_address_keeps_it(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown.experiment)
    for first in ("run 59", "run 00"):
        page.get_by_role("columnheader", name="loss").get_by_role("button").click()
        expect(page.locator(f"{ROWS} a").first).to_have_text(first)
    assert "sort=m.loss" in page.url
    page.reload()
    expect(page.locator(f"{ROWS} a").first).to_have_text("run 00")


def test_a_filter_narrows_and_a_wrong_one_is_underlined_beside_what_was_there(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown.experiment)
    box = page.get_by_role("combobox", name="Filter runs")
    box.fill("metrics.loss < 2.5 AND params.kind = 'a'")
    box.press("Enter")
    expect(page.get_by_role("status").filter(has_text="2 match")).to_be_visible()
    expect(names(page)).to_have_text(["run 02", "run 00"])
    box.fill("metrics.loss >> 3")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("position 14")
    expect(page.locator("mark")).to_have_text(">>")
    expect(names(page)).to_have_text(["run 02", "run 00"])
    page.get_by_role("button", name="Clear the filter").click()
    expect(page.get_by_role("status").filter(has_text=f"{RUNS} runs")).to_be_visible()


def test_conditions_are_chips_that_can_be_taken_away(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown.experiment, "?q=metrics.loss%20<%203.5%20AND%20params.kind%20=%20'a'")
    expect(names(page)).to_have_count(2)
    page.get_by_role("button", name=re.compile("Remove params.kind")).click()
    expect(page.locator(f"{ROWS} a")).to_have_count(4)


def test_keys_are_completed(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown.experiment)
    box = page.get_by_role("combobox", name="Filter runs")
    box.press_sequentially("val")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text("metrics.`val/accuracy`")
    box.press("Tab")
    expect(box).to_have_value("metrics.`val/accuracy` ")


def test_groups_show_mean_and_deviation_and_open_as_a_filter(visit: Visit, shown: Shown) -> None:
    page = visit.go(f"/experiments/{shown.experiment}?group=params.kind")
    row = page.get_by_role("row").filter(has_text="30").first
    expect(row).to_contain_text("±")
    page.get_by_role("button", name="a", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="30 match")).to_be_visible()


def test_nested_runs_open_below_their_parent(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown.nested)
    expect(names(page)).to_have_text([NASTY])
    page.get_by_role("button", name=f"Runs nested in {NASTY}").click()
    expect(page.locator(f"{ROWS} a")).to_have_count(5)


def test_deleted_runs_come_back_by_undo(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown.experiment, "?q=metrics.loss%20<%204%20AND%20params.kind%20=%20'b'")
    for name in ("run 01", "run 03"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("toolbar").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("2 runs moved to the trash")).to_be_visible()
    expect(page.get_by_text("No run matches")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"{ROWS} a")).to_have_count(2)


def test_a_baseline_shows_differences_in_every_cell(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown.experiment, f"?base={shown.runs[3]}&sort=a.started")
    row = page.locator(ROWS).filter(has_text="run 05")
    expect(row).to_contain_text("+2")
    expect(row.locator("[title*='worse than']").first).to_be_visible()


def test_the_best_of_a_metric_is_told_with_its_step(visit: Visit, shown: Shown) -> None:
    page = visit.go(f"/experiments/{shown.experiment}/runs/{shown.runs[3]}")
    expect(page.get_by_text("best 4 at step 0")).to_be_visible()
    page = table(visit, shown.experiment, "?cols=m~max.loss&sort=a.started")
    expect(page.locator(ROWS).filter(has_text="run 03").locator("[title='4 at step 0']")).to_be_visible()


def test_a_view_is_saved_for_everybody(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown.experiment, "?sort=-m.loss")
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Name of the view").fill("worst first")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="worst first")).to_have_attribute(
        "href", f"/experiments/{shown.experiment}?sort=-m.loss"
    )


def test_new_runs_appear_by_themselves(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown.nested, "?flat=1")
    expect(names(page).filter(has_text="fold 0")).to_be_visible()
    made = page.request.post(
        f"{shown.url}/api/2.0/mlflow/runs/create", data={"experiment_id": shown.nested, "run_name": "just now"}
    )
    new = names(page).filter(has_text="just now")
    expect(new).to_have_count(1)
    run_id = made.json()["run"]["info"]["run_id"]
    page.request.post(f"{shown.url}/api/v1/runs/delete", data={"run_ids": [run_id]})
    expect(new).to_have_count(0)


def test_the_keyboard_does_it_all(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown.experiment)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the link that skips to the content
    expect(page.get_by_role("grid")).to_be_focused()
    for key in ("j", "j", "x", "ArrowDown", "x"):
        page.keyboard.press(key)
    expect(page.get_by_text("2 runs selected")).to_be_visible()
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page.get_by_role("heading", name="Models", level=1)).to_be_visible()


def test_the_table_is_sorted_by_keyboard(visit: Visit, shown: Shown) -> None:
    page = table(visit, shown.experiment)
    page.get_by_role("grid").focus()
    page.keyboard.press("Tab")
    page.keyboard.press(" ")
    expect(page.get_by_text(f"{RUNS} runs selected")).to_be_visible()
    page.keyboard.press(" ")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Started")).to_have_attribute("aria-sort", "ascending")
    expect(names(page).first).to_have_text("run 00")


def test_the_metric_that_tells_the_best_run_is_chosen_once_for_all_who_look(visit: Visit, shown: Shown) -> None:
    with httpx.Client(base_url=f"{shown.url}/api/2.0/mlflow/", timeout=120) as http:
        made = http.post("experiments/create", json={"name": f"the best {NASTY}"}).json()["experiment_id"]
        for name, gap, loss in (("wide", 9.0, 1.0), ("narrow", 2.0, 5.0)):
            run = http.post("runs/create", json={"experiment_id": made, "run_name": name}).json()["run"]["info"][
                "run_id"
            ]
            metrics = [{"key": key, "value": value, "timestamp": 1} for key, value in (("gap", gap), ("loss", loss))]
            http.post("runs/log-batch", json={"run_id": run, "metrics": metrics})
    page = table(visit, made)
    choice = page.get_by_label("The metric that tells the best run")
    facts = page.locator("header").filter(has=choice)
    expect(facts).to_contain_text("1 by wide")
    choice.select_option("gap ↓")
    expect(facts).to_contain_text("2 by narrow")
    page.reload()
    expect(facts).to_contain_text("2 by narrow")
    expect(page.get_by_role("columnheader").nth(1)).to_contain_text("gap")
    row = visit.go("/experiments").get_by_role("row").filter(has_text="the best")
    expect(row).to_contain_text("gap 2narrow")
    choose = visit.go(f"/experiments/{made}?q=metrics.gap > 5").get_by_label("The metric that tells the best run")
    expect(page.locator("header").filter(has=choose)).to_contain_text("9 by wide")
    with httpx.Client(base_url=f"{shown.url}/api/2.0/mlflow/", timeout=120) as http:
        http.post("experiments/delete", json={"experiment_id": made})
