"""Where a web interface has its runs, and how one gets further down in them."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from bench import peers
from bench.ui import numbered
from bench.ui.stores import EXPERIMENT

_ROW = 32
_ALL = "compareRunsMode=TABLE&orderByKey={key}&orderByAsc=false"


@dataclass(frozen=True, slots=True)
class Site:
    """Paths of the table with the newest runs first, and sorted by accuracy; `reach` shows a row far down."""

    newest: str
    sorted: str
    reach: Callable[[Page, int, int, float], None]


def see(page: Page, run: str, patience: float) -> None:
    """Until the run is in a row that can be seen. Raises playwright's TimeoutError."""
    page.locator(f'[role="row"] a:has-text("{run}")').first.wait_for(timeout=patience * 1000)


def _scroll(page: Page, runs: int, row: int, patience: float) -> None:
    page.get_by_role("grid").evaluate("(grid, top) => grid.scrollTo({ top })", (row - 1) * _ROW)
    see(page, numbered.name(runs - row), patience)


def _load_more(page: Page, runs: int, row: int, patience: float) -> None:
    """A button at the end of the table adds a hundred rows."""
    until = time.monotonic() + patience

    def left() -> float:
        return max(1.0, until - time.monotonic()) * 1000

    for loaded in range(100, row, 100):
        _to_the_end(page)
        page.locator(f'[row-index="{loaded}"] button:has-text("Load more")').click(timeout=left())
        page.locator(f'[row-index="{loaded}"] a').first.wait_for(timeout=left())
    _to_the_end(page)
    see(page, numbered.name(runs - row), left() / 1000)


def _to_the_end(page: Page) -> None:
    page.locator(".ag-body-viewport").first.evaluate("body => body.scrollTo({ top: body.scrollHeight })")


def _mlflow(key: str) -> str:
    return f"/#/experiments/{EXPERIMENT}/runs?{_ALL.format(key=key)}"


SITES = {
    peers.OURS: Site(f"/experiments/{EXPERIMENT}", f"/experiments/{EXPERIMENT}?sort=-m.accuracy", _scroll),
    peers.MLFLOW: Site(_mlflow("attributes.start_time"), _mlflow("metrics.%60accuracy%60"), _load_more),
}
