"""What clients do to runs, step by step, and what a run shows after so many steps: by MLflow's REST API alone."""

import http.client
import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import quote, urlsplit

API = "/api/2.0/mlflow"
FILES = "/api/2.0/mlflow-artifacts/artifacts"
MODEL = "crowded"
SECONDS = 300
Point = tuple[int, int, float]
"""Step, timestamp, value."""


class Client:
    """One connection. Raises OSError or HTTPException when the server goes away."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)

    def ask(self, method: str, path: str, body: bytes | Mapping[str, object] | None = None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"} if isinstance(body, Mapping) else {}
        sent = json.dumps(body).encode() if isinstance(body, Mapping) else body
        self._connection.request(method, path, sent, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def post(self, path: str, **body: object) -> dict[str, Any]:
        """Raises AssertionError for anything but 200."""
        status, answer = self.ask("POST", path if path.startswith("/api") else f"{API}/{path}", body)
        assert status == 200, (status, answer)
        return dict(json.loads(answer))

    def get(self, path: str) -> dict[str, Any]:
        """Raises AssertionError for anything but 200."""
        status, answer = self.ask("GET", path)
        assert status == 200, (status, answer)
        return dict(json.loads(answer))

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(slots=True)
class Shown:
    """What a run shows."""

    status: str = "RUNNING"
    deleted: bool = False
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: dict[str, list[Point]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    versions: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One request; what it is about can be told from its number."""

    kind: str
    number: int

    def do(self, client: Client, run: str) -> tuple[int, bytes]:
        n = self.number
        if self.kind == "file":
            return client.ask("PUT", f"{FILES}/0/{run}/artifacts/{quote(self._path)}", self._content)
        if self.kind == "version":
            body: Mapping[str, object] = {"name": MODEL, "source": f"runs:/{run}/f", "run_id": run}
            return client.ask("POST", f"{API}/model-versions/create", body)
        bodies: Mapping[str, tuple[str, Mapping[str, object]]] = {
            "metric": ("log-metric", {"key": "loss", "value": 1 / (n + 1), "timestamp": n, "step": n}),
            "param": ("log-parameter", {"key": f"p{n}", "value": f"of {n}"}),
            "tag": ("set-tag", {"key": "last", "value": str(n)}),
            "batch": ("log-batch", self._batch()),
            "finish": ("update", {"status": "FINISHED", "end_time": n}),
            "delete": ("delete", {}),
        }
        path, body = bodies[self.kind]
        return client.ask("POST", f"{API}/runs/{path}", {"run_id": run, **body})

    def after(self, before: Shown) -> Shown:
        """What the run shows then."""
        n, shown = self.number, deepcopy(before)
        if self.kind == "metric":
            shown.points.setdefault("loss", []).append((n, n, 1 / (n + 1)))
        elif self.kind == "param":
            shown.params[f"p{n}"] = f"of {n}"
        elif self.kind == "tag":
            shown.tags["last"] = str(n)
        elif self.kind == "batch":
            for key, points in self._points().items():
                shown.points.setdefault(key, []).extend(points)
            shown.params[f"b{n}"] = f"batch {n}"
            shown.tags["batch"] = str(n)
        elif self.kind == "file":
            shown.files[self._path] = self._content
        elif self.kind == "finish":
            shown.status = "FINISHED"
        elif self.kind == "version":
            shown.versions += 1
        else:
            shown.deleted = True
        return shown

    def _points(self) -> Mapping[str, list[Point]]:
        return {key: [(4 * self.number + at, self.number, at / 7) for at in range(4)] for key in ("a/b", "c")}

    def _batch(self) -> Mapping[str, object]:
        metrics = [
            {"key": key, "step": step, "timestamp": at, "value": value}
            for key, points in self._points().items()
            for step, at, value in points
        ]
        return {
            "metrics": metrics,
            "params": [{"key": f"b{self.number}", "value": f"batch {self.number}"}],
            "tags": [{"key": "batch", "value": str(self.number)}],
        }

    @property
    def _path(self) -> str:
        return f"f/part {self.number}.bin"

    @property
    def _content(self) -> bytes:
        """Some contents are in many runs, of which some go and some stay."""
        return f"{self.number % 7}".encode() * (1 + 3000 * (self.number % 5))


@dataclass(slots=True)
class Story:
    """A run, the steps that were answered with success, and the one that was not."""

    run: str
    done: list[Step] = field(default_factory=list)
    tried: Step | None = None

    def allowed(self) -> list[Shown | None]:
        """What it may show."""
        shown = Shown()
        for step in self.done:
            shown = step.after(shown)
        found: list[Shown | None] = [shown]
        if self.tried is not None:
            found.append(self.tried.after(shown))
        if any(one is not None and one.deleted for one in found):
            found.append(None)  # deleted for good meanwhile
        return found


KEPT = ("metric", "batch", "param", "file", "version", "metric", "tag", "batch", "finish", "file", "metric", "version")
SCRAP = ("metric", "file", "batch", "file", "delete")


def script(first: int, *, scrap: bool) -> Sequence[Step]:
    return [Step(kind, first + at) for at, kind in enumerate(SCRAP if scrap else KEPT)]


def look(client: Client, run: str) -> Shown | None:
    """What the server shows of a run; None when there is none."""
    status, answer = client.ask("GET", f"{API}/runs/get?run_id={run}")
    if status == 404:
        return None
    assert status == 200, (status, answer)
    found = json.loads(answer)["run"]
    data = found["data"]
    shown = Shown(
        status=found["info"]["status"],
        deleted=found["info"]["lifecycle_stage"] == "deleted",
        params={pair["key"]: pair["value"] for pair in data.get("params", ())},
        tags={pair["key"]: pair["value"] for pair in data.get("tags", ()) if not pair["key"].startswith("mlflow.")},
        points={latest["key"]: _history(client, run, latest["key"]) for latest in data.get("metrics", ())},
        files=_files(client, run),
        versions=len(versions(client, f"run_id = '{run}'")),
    )
    for latest in data.get("metrics", ()):
        point = (latest["step"], latest["timestamp"], latest["value"])
        assert point == max(shown.points[latest["key"]]), "the latest point is none of the history, or not the latest"
    return shown


def versions(client: Client, wanted: str) -> Sequence[dict[str, Any]]:
    """Those that a filter finds."""
    found = client.get(f"{API}/model-versions/search?max_results=200000&filter={quote(wanted)}")
    return list(found.get("model_versions", ()))


def _history(client: Client, run: str, key: str) -> list[Point]:
    found = client.get(f"{API}/metrics/get-history?run_id={run}&metric_key={quote(key)}")
    return [(point["step"], point["timestamp"], point["value"]) for point in found["metrics"]]


def _files(client: Client, run: str) -> dict[str, bytes]:
    listed = client.get(f"{API}/artifacts/list?run_id={run}&path=f").get("files", ())
    files = {}
    for one in listed:
        status, content = client.ask("GET", f"{FILES}/0/{run}/artifacts/{quote(one['path'])}")
        assert status == 200, (status, content)
        files[one["path"]] = content
    return files
