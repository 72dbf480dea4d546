"""A real Chromium, the machine's own, looking at a real server."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PATIENCE = 120_000.0
"""Milliseconds: a loaded machine is no bug in the page."""


def chromium() -> str | None:
    """Where it is, if it is."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


@contextmanager
def opened(executable: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def next_frames(page: Page) -> None:
    """Two of them: what the page has heard of before has been drawn, and what has been drawn hears."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


@dataclass
class Visit:
    """A page of the interface, and what went wrong or over the wire in it."""

    page: Page
    url: str
    troubles: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Opens an address and waits for its heading."""
        self.page.goto(self.url + path)
        self.page.locator("h1").first.wait_for()
        return self.page

    def told(self, message: ConsoleMessage) -> None:
        """Refusals that a test brings about are no trouble of the page."""
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.troubles.append(message.text)

    def sent(self, request: Request) -> None:
        self.asked.append(request.url)

    def violations(self) -> list[str]:
        """What axe-core finds wrong by WCAG 2.2 AA, with where."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found: dict[str, Any] = self.page.evaluate("tags => axe.run({ runOnly: tags })", WCAG)
        return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


@contextmanager
def visiting(
    browser: Browser, url: str, *, dark: bool = False, width: int = 1440, height: int = 900
) -> Iterator[Visit]:
    """A visit of its own; raises AssertionError when the page had an error or asked another host."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    visit = Visit(page, url)
    page.on("console", visit.told)
    page.on("pageerror", lambda error: visit.troubles.append(str(error)))
    page.on("request", visit.sent)
    try:
        yield visit
        assert visit.troubles == []
        assert [one for one in visit.asked if not one.startswith((url, "data:", "blob:"))] == []
    finally:
        context.close()
