"""An endpoint that is asked: what it shows of it, and its traffic moved by keyboard, in a real browser."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.conftest import Shown
from tests.e2e.ui.test_budgets import is_cheap
from tests.support.browser import Visit
from tests.support.conditions import await_until

PATIENCE = 600.0
NAME = "watched"
HOSTILE = "<img src=x onerror=alert(1)>"
OPTIONS = {"payload_log": {"mode": "all"}}


@pytest.fixture(scope="module")
def endpoint(shown: Shown, model: str) -> Iterator[httpx.Client]:
    """Two revisions of which one is a canary; each has answered, and one was asked wrongly."""
    with httpx.Client(base_url=f"{shown.url}/api/v1/endpoints/", timeout=PATIENCE) as http:
        for more in ({}, {"canary": 30}):
            wanted = {"model_uri": f"models:/{model}/1", "environment": "local", "options": OPTIONS, **more}
            http.put(NAME, json=wanted).raise_for_status()
            await_until(lambda: settled(http), PATIENCE)
        for at in range(40):
            rows = {"dataframe_split": {"columns": ["a", "b"], "data": [[at, 1]]}}
            httpx.post(f"{shown.url}/endpoints/{NAME}/invocations", json=rows, timeout=120).raise_for_status()
        wrong = {"dataframe_split": {"columns": [HOSTILE], "data": [[HOSTILE]]}}
        assert httpx.post(f"{shown.url}/endpoints/{NAME}/invocations", json=wrong, timeout=120).status_code == 400
        await_until(lambda: len(http.get(f"{NAME}/payloads").json()["items"]) > 40, PATIENCE)
        yield http
        http.delete(NAME)


def settled(http: httpx.Client) -> bool:
    found: dict[str, Any] = http.get(NAME).json()
    status = found["status"]
    assert status["phase"] != "Failed", status
    return bool(status["phase"] == "Ready" and status["generation"] == found["generation"] and _all_ready(found))


def _all_ready(found: dict[str, Any]) -> bool:
    return all(one["status"]["ready"] > 0 for one in found["revisions"])


def opened(visit: Visit, tab: str = "") -> Page:
    return visit.go(f"/endpoints/{NAME}{tab and f'?tab={tab}'}")


def test_rate_errors_and_latency_are_there_when_the_page_opens(visit: Visit, endpoint: httpx.Client) -> None:
    page = opened(visit)
    for metric in ("Requests a second", "Failed and, dashed, asked wrongly", "Latency, ms"):
        expect(page.get_by_role("img", name=re.compile(f"^{metric}"))).to_be_visible()
    told = endpoint.get(f"{NAME}/traffic").json()
    asked = [sum(each["asked"] for each in one["stretches"]) for one in told["items"]]
    assert (told["seconds"], len(asked)) == (5, 2)
    assert visit.violations() == []


def test_what_was_asked_and_answered_is_shown_and_runs_nothing(visit: Visit, endpoint: httpx.Client) -> None:
    page = opened(visit, "payloads")
    entries = page.locator("summary")
    expect(entries.first).to_contain_text("InvalidInput")
    entries.first.click()
    expect(page.get_by_role("region", name="Request").first).to_contain_text(HOSTILE)
    entries.nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Answer").first).to_contain_text("predictions")
    assert page.locator("img[src=x]").count() == 0
    assert visit.violations() == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    assert visit.violations() == []
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("() => document.getElementById('main').scrollWidth <= innerWidth")


def test_what_a_document_of_kserve_says_in_vain_is_shown_with_its_reason(
    visit: Visit, shown: Shown, model: str
) -> None:
    predictor = {"model": {"modelFormat": {"name": "mlflow"}, "storageUri": f"models:/{model}/1"}, "tolerations": [{}]}
    document = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "vain", "annotations": {"serving.kserve.io/stop": "true"}},
        "spec": {"predictor": predictor, "explainer": {"art": {"storageUri": "s3://models/art"}}},
    }
    with httpx.Client(base_url=f"{shown.url}/api/v1/", timeout=PATIENCE) as http:
        http.post("manifests", json={"document": document}).raise_for_status()
        await_until(lambda: http.get("endpoints/vain").json()["status"]["conditions"], PATIENCE)
        told = visit.go("/endpoints/vain").get_by_text("Without effect on this server")
        expect(told).to_contain_text("spec.predictor.tolerations")
        expect(told).to_contain_text(
            "spec.explainer (no container runs for it; :explain is answered by the model itself"
        )
        assert visit.violations() == []
        http.delete("endpoints/vain").raise_for_status()


def test_payloads_go_on_by_themselves(visit: Visit, shown: Shown, endpoint: httpx.Client) -> None:
    page = opened(visit, "payloads")
    expect(page.locator("summary").first).to_be_visible()
    rows = {"dataframe_split": {"columns": ["a", "b"], "data": [[77_777, 1]]}}
    httpx.post(f"{shown.url}/endpoints/{NAME}/invocations", json=rows, timeout=120).raise_for_status()
    expect(page.locator("summary").first).to_contain_text("77777")


def test_payloads_of_an_unknown_endpoint_or_very_many_are_refused(endpoint: httpx.Client) -> None:
    assert endpoint.get("nobody/payloads").status_code == 404
    assert endpoint.get("nobody/traffic").status_code == 404
    assert endpoint.get(f"{NAME}/payloads", params={"limit": 201}).status_code == 400
    assert len(endpoint.get(f"{NAME}/payloads", params={"limit": 3}).json()["items"]) == 3


def test_traffic_is_moved_by_keyboard(visit: Visit, endpoint: httpx.Client) -> None:
    page = opened(visit)
    numbers = [one["number"] for one in endpoint.get(NAME).json()["revisions"]]
    slider = page.get_by_role("slider", name=f"Share of revision {max(numbers)} in percent")
    expect(slider).to_have_value("30")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("35")
    expect(page.get_by_text(re.compile(rf"modelyard traffic {NAME} .*{max(numbers)}=35"))).to_be_visible()
    page.get_by_role("button", name="Apply").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    targets = endpoint.get(NAME).json()["rollout"]["targets"]
    assert {one["revision"]: one["weight"] for one in targets} == {min(numbers): 65, max(numbers): 35}


@pytest.mark.parametrize("tab", ["", "try", "logs", "history", "config"])
def test_every_part_of_an_endpoint_is_cheap_and_for_everybody(visit: Visit, endpoint: httpx.Client, tab: str) -> None:
    is_cheap(visit, f"/endpoints/{NAME}?tab={tab}")
    page = visit.page
    assert visit.violations() == []
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("() => document.getElementById('main').scrollWidth <= innerWidth")
