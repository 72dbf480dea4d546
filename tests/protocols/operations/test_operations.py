import re
from html.parser import HTMLParser

import httpx
from prometheus_client.parser import text_string_to_metric_families

from modelyard.protocols.operations import welcome
from tests.support.stocked import Stocked

WELCOME = welcome.page("1.0", "http://127.0.0.1:5000", "/data").decode()


class Outward(HTMLParser):
    """Collects what a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "link", "img", "iframe", "object", "embed"}:
            self.found.append(tag)
        self.found += [f"{name}={value}" for name, value in attrs if name.startswith("on") or name == "src"]


def test_pages_load_nothing_and_run_nothing(stocked: Stocked) -> None:
    answer = httpx.get(f"{stocked.url}/docs")
    for text in (answer.text, WELCOME):
        page = Outward()
        page.feed(text)
        assert page.found == []
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_documentation_names_every_operation_and_schema(stocked: Stocked) -> None:
    document = httpx.get(f"{stocked.url}/openapi.json").json()
    page = httpx.get(f"{stocked.url}/docs").text
    ids = set(re.findall(r'<details id="([^"]+)"', page))
    operations = {one["operationId"] for verbs in document["paths"].values() for one in verbs.values()}
    assert ids == operations | document["components"]["schemas"].keys()
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids


def test_requests_are_counted_by_route_and_not_by_path(stocked: Stocked) -> None:
    for name in ("one", "two"):
        httpx.get(f"{stocked.url}/api/v1/endpoints/{name}")
    answer = httpx.get(f"{stocked.url}/metrics")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    counts = {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for sample in families["modelyard_http_requests"].samples
        if sample.name.endswith("_total")
    }
    assert counts["GET", "/api/v1/endpoints/{name}", "404"] >= 2
    assert not [route for _, route, _ in counts if "one" in route.split("/")]
    assert families["process_resident_memory_bytes"].samples[0].value > 0
    assert families["modelyard_build_info"].samples[0].labels["version"]


def test_an_unknown_path_is_told_in_plain_text(stocked: Stocked) -> None:
    answer = httpx.get(f"{stocked.url}/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert "/docs" in answer.text
