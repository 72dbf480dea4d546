"""What is served of the web interface, from files made up here: tests of the real one are in tests/e2e/ui."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from modelyard.domain.errors import NotFound
from modelyard.domain.principals import LOCAL_OWNER
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply
from modelyard.protocols.http.request import Request
from modelyard.protocols.web import pages, site
from modelyard.protocols.web.state import WebState

SCRIPT = "document.documentElement.dataset.theme = 'dark';"
INDEX = f"<html><script>{SCRIPT}</script><script type=module src=/assets/index-1.js></script></html>"


@pytest.fixture
def built(tmp_path: Path) -> WebState:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "assets" / "index-1.js").write_text("let here;" * 100)
    (tmp_path / "assets" / "index-1.js.gz").write_bytes(gzip.compress(b"let here;" * 100))
    (tmp_path / "assets" / "index-1.js.br").write_bytes(b"smaller")
    (tmp_path / "assets" / "secret.env").write_text("not a type of a page's")
    return WebState(site.load(tmp_path), lambda: b"welcome")


def call(state: WebState, path: str = "", **headers: str) -> Call[WebState]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request("GET", "/", b"", named, lambda _: None)
    return Call(state, LOCAL_OWNER, request, {"path": path}, "id")


def told(reply: Reply) -> dict[str, Any]:
    return dict(reply.headers)


async def test_the_smallest_form_that_is_accepted_is_sent(built: WebState) -> None:
    for accepted, encoding in (("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"), ("", None)):
        reply = await pages.asset(call(built, "index-1.js", accept_encoding=accepted))
        assert told(reply).get("content-encoding") == encoding
        assert reply.content_type.startswith("text/javascript")
        assert told(reply)["vary"] == "accept-encoding"


async def test_assets_are_kept_for_ever_and_the_page_is_not(built: WebState) -> None:
    assert "immutable" in told(await pages.asset(call(built, "index-1.js")))["cache-control"]
    page = await pages.page(call(built))
    assert told(page)["cache-control"] == "no-cache"
    again = await pages.page(call(built, if_none_match=told(page)["etag"]))
    assert (again.status, again.body) == (304, b"")


async def test_no_script_runs_but_ours(built: WebState) -> None:
    policy = told(await pages.page(call(built)))["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts.startswith("script-src 'self' 'sha256-")
    assert scripts.count("sha256-") == 1
    assert "unsafe" not in scripts
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("path", ["none.js", "../index.html", "secret.env", "index-1.js.br"])
async def test_nothing_else_is_sent(built: WebState, path: str) -> None:
    with pytest.raises(NotFound):
        await pages.asset(call(built, path))


async def test_who_does_not_ask_for_html_at_the_root_is_told_that_the_server_lives(built: WebState) -> None:
    for accepted in ({"accept": "application/json"}, {"accept": "*/*"}, {}):
        assert (await pages.root(call(built, **accepted))).body == b'{"status":"alive"}'
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert (await pages.root(call(built, accept=browser))).body == INDEX.encode()


async def test_without_a_built_interface_there_is_a_page_all_the_same(tmp_path: Path) -> None:
    bare = WebState(site.load(tmp_path), lambda: b"welcome")
    assert (await pages.root(call(bare, accept="text/html"))).body == b"welcome"
    with pytest.raises(NotFound, match="make ui"):
        await pages.page(call(bare))
