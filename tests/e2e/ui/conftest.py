import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser

from tests.support.browser import Visit, chromium, opened, visiting
from tests.support.server import running_server
from tests.support.stocked import MODEL, Stocked, stock

NASTY = "<img src=x onerror=alert(1)>\"'`{{7*7}}"
RUNS = 60


@dataclass(frozen=True)
class Shown:
    """A server with something to look at: 60 runs, and 4 folds nested in a run, with a file of every kind."""

    stocked: Stocked
    experiment: str
    runs: tuple[str, ...]
    nested: str
    parent: str

    @property
    def url(self) -> str:
        return self.stocked.url


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """A server of their own: these tests change what others count on."""
    with running_server(tmp_path_factory.mktemp("shown")) as server:
        yield fill(stock(server))


def fill(stocked: Stocked) -> Shown:
    with httpx.Client(base_url=f"{stocked.url}/api/2.0/mlflow/", timeout=120) as http:
        experiment = http.post("experiments/create", json={"name": "many runs"}).json()["experiment_id"]
        runs = tuple(_run(http, experiment, f"run {at:02}", at) for at in range(RUNS))
        nested = http.post("experiments/create", json={"name": f"nested {NASTY}"}).json()["experiment_id"]
        parent = _run(http, nested, NASTY, 3, ("mlflow.note.content", f"# Note\n\n{NASTY} **bold**"))
        for at in range(4):
            _run(http, nested, f"fold {at}", at, ("mlflow.parentRunId", parent))
        files = {
            "page.html": b"<h1>Mine</h1><script>document.body.dataset.ran='yes'</script>",
            "table.csv": b"a,b\n1,2\n",
        }
        for path, content in files.items():
            http.put(
                f"{stocked.url}/api/2.0/mlflow-artifacts/artifacts/{nested}/{parent}/artifacts/{path}", content=content
            ).raise_for_status()
    return Shown(stocked, experiment, runs, nested, parent)


def _run(http: httpx.Client, experiment: str, name: str, at: int, *tags: tuple[str, str]) -> str:
    started = 1_700_000_000_000 + at * 60_000
    wanted = {"experiment_id": experiment, "run_name": name, "start_time": started}
    made = http.post("runs/create", json={**wanted, "tags": [{"key": key, "value": value} for key, value in tags]})
    run_id = str(made.json()["run"]["info"]["run_id"])
    points = [
        {"key": key, "value": at + math.exp(-step / 10), "step": step, "timestamp": started + step}
        for key in ("loss", "val/accuracy")
        for step in range(40)
    ]
    params = [
        {"key": "kind", "value": "ab"[at % 2]},
        {"key": "lr", "value": str(at / 10)},
        {"key": "same", "value": "1"},
    ]
    http.post("runs/log-batch", json={"run_id": run_id, "metrics": points, "params": params}).raise_for_status()
    http.post("runs/update", json={"run_id": run_id, "status": "FINISHED", "end_time": started + 5000})
    return run_id


@pytest.fixture(scope="module")
def browser(shown: Shown) -> Iterator[Browser]:
    with browser_for(shown.url) as found:
        yield found


@contextmanager
def browser_for(url: str) -> Iterator[Browser]:
    """A browser that can look at this server, or a test that is skipped."""
    executable = chromium()
    if executable is None:
        pytest.skip("There is no Chromium here: install it with the system's packages")
    if '<div id="root">' not in httpx.get(url, headers={"accept": "text/html"}).text:
        pytest.skip("The web interface is not built: `make ui` builds it")
    with opened(executable) as found:
        yield found


@pytest.fixture
def visit(browser: Browser, shown: Shown) -> Iterator[Visit]:
    with visiting(browser, shown.url) as made:
        yield made


@pytest.fixture(scope="session")
def model() -> str:
    return MODEL
