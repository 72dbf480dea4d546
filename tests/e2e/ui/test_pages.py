import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.ui.conftest import NASTY, Shown
from tests.support.browser import Visit, visiting
from tests.support.server import running_server

SECONDS = 600_000


def test_a_run_shows_how_good_it_is_before_anything_else(visit: Visit, shown: Shown) -> None:
    page = visit.go(f"/experiments/{shown.experiment}/runs/{shown.runs[2]}?base={shown.runs[1]}")
    expect(page.get_by_role("img", name=re.compile("loss")).or_(page.get_by_text("loss").first).first).to_be_visible()
    expect(page.locator("[title*='worse than']").first).to_be_visible()
    page.get_by_role("tab", name="Charts").click()
    expect(page.get_by_role("img", name=re.compile("^loss of 2 runs"))).to_be_visible()


def test_names_and_notes_of_others_run_nothing(visit: Visit, shown: Shown) -> None:
    page = visit.go(f"/experiments/{shown.nested}/runs/{shown.parent}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(NASTY)
    expect(page.locator("section", has_text="Note").locator("strong")).to_have_text("bold")
    assert page.locator("img[src=x]").count() == 0
    visit.go("/experiments")
    expect(page.get_by_role("link", name=f"nested {NASTY}")).to_be_visible()


def test_a_logged_page_runs_in_a_frame_that_reaches_nothing(visit: Visit, shown: Shown) -> None:
    page = visit.go(f"/experiments/{shown.nested}/runs/{shown.parent}?tab=artifacts&path=page.html")
    frame = page.locator("iframe")
    expect(frame).to_have_attribute("sandbox", "allow-scripts")
    inside = frame.content_frame.locator("body")
    expect(inside).to_have_attribute("data-ran", "yes")
    assert inside.evaluate("() => self.origin") == "null"
    assert inside.evaluate("() => fetch('/api/v1/server').then(() => 'reached', () => 'refused')") == "refused"
    visit.troubles.clear()  # the browser tells of what it refused


def test_a_note_is_written_in_markdown_and_kept(visit: Visit, shown: Shown) -> None:
    page = visit.go(f"/experiments/{shown.experiment}/runs/{shown.runs[7]}")
    page.get_by_role("button", name="Write").click()
    page.get_by_label("Note in Markdown").fill("It was **good**")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("strong", has_text="good")).to_be_visible()
    page.reload()
    expect(page.locator("strong", has_text="good")).to_be_visible()


def test_only_what_differs_is_compared(visit: Visit, shown: Shown) -> None:
    page = visit.go(f"/compare?runs={shown.runs[0]},{shown.runs[1]}")
    keys = page.locator("tbody th[scope=row]")
    expect(keys.filter(has_text="lr")).to_be_visible()
    expect(keys.filter(has_text="same")).to_have_count(0)
    page.get_by_role("checkbox", name="Only what differs").uncheck()
    expect(keys.filter(has_text="same")).to_be_visible()


def test_a_search_finds_things_of_every_kind(visit: Visit, shown: Shown, model: str) -> None:
    page = visit.go("/")
    for text, heading in (("many ru", "many runs"), ("run 42", "run 42"), (model[:4], model)):
        page.keyboard.press("Control+k")
        page.get_by_placeholder("Experiments, runs, models, pipelines, endpoints…").fill(text)
        page.get_by_role("option").filter(has_text=heading).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("/#/experiments/{experiment}", "/experiments/{experiment}"),
        ("/#/experiments/{nested}/runs/{parent}", "/experiments/{nested}/runs/{parent}"),
        ("/#/experiments/{nested}/runs/{parent}/artifacts/table.csv", "/experiments/{nested}/runs/{parent}"),
        ("/#/models/{model}/versions/1", "/models/{model}/versions/1"),
        ('/#/compare-runs?runs=["{parent}"]', "/compare"),
    ],
)
def test_links_that_clients_print_lead_to_the_thing(
    visit: Visit, shown: Shown, model: str, link: str, path: str
) -> None:
    known = {"experiment": shown.experiment, "nested": shown.nested, "parent": shown.parent, "model": model}
    page = visit.go(link.format(**known))
    page.wait_for_url(re.compile(f"^{re.escape(shown.url + path.format(**known))}[^#]*$"))


def test_an_alias_moves_and_its_history_says_who_did_it(visit: Visit, model: str) -> None:
    page = visit.go(f"/models/{model}")
    page.get_by_role("button", name="Set an alias of version 1").click()
    page.get_by_role("button", name="Set @challenger").click()
    history = page.locator("section", has_text="History of aliases")
    expect(history.get_by_text("@challenger")).to_be_visible()
    page.get_by_role("button", name="Take @challenger away from version 1").click()
    expect(history.get_by_text("to nothing")).to_be_visible()


def test_a_version_is_deployed_asked_and_taken_down(visit: Visit, model: str) -> None:
    page = visit.go(f"/models/{model}/versions/1?deploy=1")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name=re.compile("^Endpoint")).fill("from-the-page")
    expect(dialog.get_by_text("modelyard deploy")).to_contain_text("--name from-the-page")
    dialog.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.get_by_role("heading", name="from-the-page")).to_contain_text("Ready", timeout=SECONDS)
    page.get_by_role("tab", name="Try it").click()
    for name, value in (("a", "5"), ("b", "1")):
        page.locator("form label", has=page.get_by_text(name, exact=True)).get_by_role("textbox").fill(value)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[aria-live=polite] pre")).to_contain_text("13")
    assert visit.violations() == []
    page.get_by_role("tab", name="Logs").click()
    expect(page.get_by_role("region", name="Last 500 lines")).to_be_visible()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_label("Type from-the-page to go on").fill("from-the-page")
    page.get_by_role("button", name="Remove from-the-page").click()
    expect(page.get_by_role("heading", name="Endpoints", level=1)).to_be_visible()


def test_a_server_without_pipelines_shows_how_to_begin(browser: Browser, tmp_path: Path) -> None:
    with running_server(tmp_path) as server, visiting(browser, server.url) as visit:
        page = visit.go("/pipelines")
        expect(page.get_by_role("region", name="Run it")).to_contain_text(f'kfp.Client(host="{server.url}")')
        visit.go("/pipelines/runs")
        expect(page.get_by_text("No pipeline has run yet")).to_be_visible()
        visit.go("/schedules")
        expect(page.get_by_text("No schedules")).to_be_visible()


def test_home_of_a_server_whose_experiments_are_all_in_the_trash_is_there(browser: Browser, tmp_path: Path) -> None:
    with running_server(tmp_path) as server, visiting(browser, server.url) as visit:
        gone = visit.page.request.post(f"{server.url}/api/2.0/mlflow/experiments/delete", data={"experiment_id": "0"})
        assert gone.ok
        page = visit.go("/")
        expect(page.get_by_text("three ways to begin")).to_be_visible()
