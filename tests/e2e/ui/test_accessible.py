"""Every page, in both themes and on a telephone: nothing that axe-core finds, nothing to be scrolled sideways."""

import pytest
from playwright.sync_api import Page

from tests.e2e.ui.conftest import Shown
from tests.support.browser import Visit

PAGES = {
    "home": "/",
    "experiments": "/experiments",
    "table": "/experiments/{experiment}?base={first}",
    "lineage": "/experiments/{experiment}?thread=1",
    "tree": "/experiments/{nested}",
    "groups": "/experiments/{experiment}?group=params.kind&code=1",
    "filter": "/experiments/{experiment}?q=metrics.loss%20>>%201",
    "charts": "/experiments/{experiment}?view=charts&steps=5..30",
    "scatter": "/experiments/{experiment}?view=charts&charts=scatter&by=p.kind&base={first}&sel={second}",
    "scatter as a table": "/experiments/{experiment}?view=charts&charts=scatter&as=table",
    "groups of runs": "/experiments/{experiment}?view=charts&charts=groups&across=p.kind",
    "heat map": "/experiments/{experiment}?view=charts&charts=contour",
    "parallel": "/experiments/{experiment}?view=parallel",
    "run": "/experiments/{nested}/runs/{parent}?code=1&base={first}",
    "artifacts": "/experiments/{nested}/runs/{parent}?tab=artifacts&path=table.csv",
    "nothing": "/experiments/{nested}/runs/none",
    "compare": "/compare?runs={first},{second}&base={first}",
    "models": "/models",
    "model": "/models/{model}",
    "version": "/models/{model}/versions/1?deploy=1",
    "endpoints": "/endpoints",
    "settings": "/settings",
    "gallery": "/gallery",
}


def address(shown: Shown, name: str, model: str) -> str:
    first, second, *_ = shown.runs
    return PAGES[name].format(
        experiment=shown.experiment, nested=shown.nested, parent=shown.parent, first=first, second=second, model=model
    )


def settle(page: Page) -> None:
    """Until nothing is on its way that the page waits for."""
    page.wait_for_function("() => document.querySelectorAll('[aria-busy=true]').length === 0")


def is_for_everybody(visit: Visit, address: str) -> None:
    page = visit.go(address)
    settle(page)
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert visit.violations() == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    assert visit.violations() == []
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
    page.wait_for_function("() => document.getElementById('main').scrollWidth <= innerWidth")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everybody(visit: Visit, shown: Shown, model: str, name: str) -> None:
    is_for_everybody(visit, address(shown, name, model))
