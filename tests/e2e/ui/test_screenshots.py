"""The main pages with data as in real life: each shows what it must.

With MODELYARD_SCREENSHOTS=1 (`make screenshots`) they are kept as the pictures of the documentation.
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.support.browser import chromium, opened, visiting
from tests.support.server import clean_environment, running_server

ROOT = Path(__file__).parents[3]
IMAGES = ROOT / "docs" / "images"
KEEPING = os.environ.get("MODELYARD_SCREENSHOTS") == "1"
WIDTH, HEIGHT = 1280, 800
LARGEST = 200_000
SECONDS = 1800
ROW = {"trip_distance": 17.5, "hour": 18.0, "zone": "JFK"}


LIGHT = ("light",)


@dataclass(frozen=True)
class Screen:
    """A page, the texts that must be seen in it once some buttons are pressed, how many drawings, and in which themes
    the documentation has its picture.
    """

    path: str
    shows: tuple[str, ...]
    drawings: int = 0
    presses: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()


SCREENS = {
    "home": Screen("/", ("neural 32", "boosting 31", "ride-duration/2, ride-duration/3", "@champion")),
    "experiments": Screen("/experiments", ("ride duration", "churn", "weekly training")),
    "runs": Screen(
        "/experiments/{rides}?sort=m.mae&base={third}&cols=a.started,m.mae,m.rmse,p.family,p.learning_rate,p.max_depth",
        ("neural 12", "gradient 04", "neural network", "learning_rate"),
        pictures=("light", "dark"),
    ),
    "charts": Screen("/experiments/{rides}?view=charts", ("mae", "rmse", "neural 32"), 2, pictures=LIGHT),
    "parallel": Screen("/experiments/{rides}?view=parallel", ("ride duration",), 1, pictures=LIGHT),
    "nested": Screen(
        "/experiments/{churn}?sort=-m.f1",
        ("decision tree", "10, balanced", "fold 1", "0.6120"),
        presses=("Runs nested in random forest", "Runs nested in 10, balanced"),
        pictures=LIGHT,
    ),
    "run": Screen(
        "/experiments/{rides}/runs/{best}?base={second}", ("mae", "later than all it learned from"), pictures=LIGHT
    ),
    "compare": Screen(
        "/compare?runs={best},{second},{third}&base={third}", ("Compare 3 runs", "family", "mae"), pictures=LIGHT
    ),
    "model": Screen(
        "/models/ride-duration", ("@champion", "@challenger", "from version 1 to version 2"), pictures=LIGHT
    ),
    "version": Screen("/models/ride-duration/versions/2", ("@champion", "trip_distance", "zone")),
    "endpoint": Screen("/endpoints/ride-duration", ("Ready", "90%", "10%"), pictures=LIGHT),
    "pipeline": Screen("/pipelines/runs/{pipeline_run}", ("Succeeded", "load-rides", "3 rounds"), pictures=LIGHT),
}


@dataclass(frozen=True)
class Showcase:
    url: str
    made: Mapping[str, str]

    def address(self, screen: Screen) -> str:
        return screen.path.format(**self.made)


@pytest.fixture(scope="module")
def showcase(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showcase]:
    with running_server(tmp_path_factory.mktemp("showcase")) as server:
        filling = [sys.executable, "-W", "ignore", "-m", "tests.support.showcase", server.url]
        filled = subprocess.run(
            filling, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert filled.returncode == 0, filled.stderr[-3000:]
        yield Showcase(server.url, json.loads(filled.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def browser(showcase: Showcase) -> Iterator[Browser]:
    executable = chromium()
    if executable is None:
        pytest.skip("There is no Chromium here: install it with the system's packages")
    if '<div id="root">' not in httpx.get(showcase.url, headers={"accept": "text/html"}).text:
        pytest.skip("The web interface is not built: `make ui` builds it")
    with opened(executable) as found:
        yield found


@pytest.mark.parametrize("name", SCREENS)
def test_a_page_shows_what_it_is_for(browser: Browser, showcase: Showcase, name: str) -> None:
    screen = SCREENS[name]
    for theme in screen.pictures if KEEPING else LIGHT:
        with visiting(browser, showcase.url, dark=theme == "dark", width=WIDTH, height=HEIGHT) as visit:
            ask(showcase.url)
            page = visit.go(showcase.address(screen))
            look(page, screen)
            if KEEPING:
                linger(page, showcase.url, 10 if name == "endpoint" else 1)
                keep(page, picture(name, theme))


def test_the_documentation_has_these_pictures_and_no_others() -> None:
    wanted = {picture(name, theme) for name, screen in SCREENS.items() for theme in screen.pictures}
    kept = {path.stem: path.stat().st_size for path in IMAGES.glob("*.png")}
    assert set(kept) == wanted
    assert not {name: size for name, size in kept.items() if size > LARGEST}


def picture(name: str, theme: str) -> str:
    return name if theme == "light" else f"{name}-{theme}"


def linger(page: Page, url: str, times: int) -> None:
    """For pictures alone: until lines have grown."""
    for _ in range(times):
        ask(url)
        page.wait_for_timeout(1000)


def ask(url: str) -> None:
    """So that the last minute of the endpoint is not empty."""
    with httpx.Client(base_url=url, timeout=120) as http:
        for _ in range(10):
            http.post("/endpoints/ride-duration/invocations", json={"dataframe_records": [ROW]}).raise_for_status()


def look(page: Page, screen: Screen) -> None:
    main = page.locator("main")
    for name in screen.presses:
        main.get_by_role("button", name=name).first.click()
    for text in screen.shows:
        main.get_by_text(text).filter(visible=True).first.wait_for()
    page.wait_for_function(SETTLED)
    page.wait_for_function(DRAWN, arg=screen.drawings)


# Charts further down are drawn when somebody scrolls there.
SETTLED = """() => [...document.querySelectorAll('[aria-busy=true]')].every(element => {
    const { left, top } = element.getBoundingClientRect();
    return !element.contains(document.elementFromPoint(left + 1, top + 1));
})"""
DRAWN = """wanted => [...document.querySelectorAll('canvas')].filter(canvas => {
    const { width, height } = canvas;
    if (!width || !height) return false;
    const copy = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d');
    copy.drawImage(canvas, 0, 0);
    return copy.getImageData(0, 0, width, height).data.some(byte => byte !== 0);
}).length >= wanted"""


def keep(page: Page, name: str) -> None:
    """In 256 colours, which nobody can tell from all."""
    taken = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))
    IMAGES.mkdir(exist_ok=True)
    taken.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)
