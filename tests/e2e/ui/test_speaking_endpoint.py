"""A model that streams, tried in a real browser: its answer is seen as it comes."""

from pathlib import Path

import httpx
from playwright.sync_api import expect

from modelyard.sdk.client import Client
from tests.e2e.ui.conftest import browser_for
from tests.support.browser import visiting
from tests.support.server import running_server
from tests.support.stocked import register

PIECES = "In pieces, as they come"


def test_a_model_that_streams_is_seen_to_speak(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, browser_for(server.url) as browser, visiting(browser, server.url) as visit:
        with httpx.Client(base_url=f"{server.url}/api/2.0/", timeout=120) as http:
            run = http.post("mlflow/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]["run_id"]
            register(http, "talking", "0", run)
        with Client(server.url) as client:
            client.deploy("models:/talking/1", "talking")
        page = visit.go("/endpoints/talking?tab=try")
        prompt, send = page.get_by_label("prompt"), page.get_by_role("button", name="Send")
        prompt.fill("one two three")
        expect(page.get_by_label(PIECES)).to_be_checked()
        expect(page.get_by_text("accept: text/event-stream")).to_be_visible()
        send.click()
        expect(page.get_by_text("onetwothree")).to_be_visible()
        prompt.fill("four fail five")
        send.click()
        expect(page.get_by_text("lost for words")).to_be_visible()
        expect(page.get_by_text("four", exact=True)).to_be_visible()
        page.get_by_label(PIECES).uncheck()
        prompt.fill("six seven")
        send.click()
        expect(page.get_by_text('"said"')).to_contain_text("six seven")
        assert visit.violations() == []
