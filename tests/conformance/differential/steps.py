"""Requests as tables: what to send, what to keep of the answer for the requests after it, and what to compare."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

API = "/api/2.0/mlflow/"
_PLACE = re.compile(r"\{(\w+)\}")
_TIMES = re.compile(
    r"creation_time|last_update_time|start_time|end_time|creation_timestamp|last_updated_timestamp|(_ms)$"
)
_HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_MADE_UP = re.compile(r"[a-z]+-[a-z]+-\d+")
_PLACED = re.compile(r"^(mlflow-artifacts:/|/)(\d+)(?=/|$)")
_UNORDERED = frozenset(
    {"tags", "params", "aliases", "dataset_inputs", "dataset_summaries", "data.metrics", "data.params", "data.tags"}
    | {"model_inputs", "model_outputs", "latest_versions"}
)
_NOW = 1_600_000_000_000

Seen = tuple[int, object]
"""A status, and the body or the code of the error."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request. `{name}` in any text stands for what was kept under that name, or is made when first used."""

    method: str
    path: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    body: bytes | None = None
    content_type: str | None = "application/json"
    kept: Mapping[str, str] = field(default_factory=dict)

    def keep(self, **places: str) -> "Step":
        """What to call the values at these places of the answer, as `run="run.info.run_id"`."""
        return replace(self, kept=places)


@dataclass(frozen=True, slots=True)
class Case:
    """Requests that belong together, each to be answered by both servers alike."""

    name: str
    steps: Sequence[Step]


def get(path: str, /, **fields: Any) -> Step:
    return Step("GET", path, fields)


def post(path: str, /, **fields: Any) -> Step:
    return Step("POST", path, fields)


def patch(path: str, /, **fields: Any) -> Step:
    return Step("PATCH", path, fields)


def delete(path: str, /, **fields: Any) -> Step:
    return Step("DELETE", path, fields)


def put(path: str, /, content: bytes = b"content") -> Step:
    return Step("PUT", path, body=content, content_type=None)


def raw(path: str, body: bytes, content_type: str | None = "application/json", method: str = "POST") -> Step:
    return Step(method, path, body=body, content_type=content_type)


class Session:
    """One case at one server."""

    def __init__(self, http: httpx.Client, name: str) -> None:
        self._http = http
        self._values: dict[str, str] = {"name": name}
        self._experiments: dict[str, int] = {}

    def answer(self, step: Step) -> Seen:
        """What is compared: the status, and the body or the code of the error."""
        reply = self._send(step)
        for name, place in step.kept.items():
            self._values[name] = str(_at(reply.json(), place))
        return self._seen(reply)

    def _send(self, step: Step) -> httpx.Response:
        path = str(self._filled(step.path))
        url = path if path.startswith("/") else API + path
        headers = {"content-type": step.content_type} if step.content_type else {}
        if step.body is not None:
            body = self._filled(step.body.decode("latin-1")).encode("latin-1")
            return self._http.request(step.method, url, content=body, headers=headers)
        fields = self._filled(dict(step.fields))
        if step.method == "GET":
            return self._http.request("GET", url, params=fields)
        return self._http.request(step.method, url, content=json.dumps(fields), headers=headers)

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str):
            return _PLACE.sub(lambda found: self._value(found[0], found[1]), value)
        if isinstance(value, Mapping):
            return {self._filled(key): self._filled(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self._filled(one) for one in value]
        return value

    def _value(self, written: str, name: str) -> str:
        if name not in self._values:
            making = MADE.get(name)
            if making is None:
                return written
            reply = self._send(making)
            assert reply.status_code == 200, f"{name} could not be made: {reply.text}"
            for kept, place in making.kept.items():
                self._values[kept] = str(_at(reply.json(), place))
        return self._values[name]

    def _seen(self, reply: httpx.Response) -> Seen:
        try:
            body = reply.json()
        except ValueError:
            return reply.status_code, self._same(reply.text) if reply.status_code < 400 else None
        if reply.status_code >= 400:
            return reply.status_code, body.get("error_code") if isinstance(body, dict) else None
        return reply.status_code, self._normal(body)

    def _normal(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            of = "data." if key == "data" else ""
            return {name: self._normal(one, of + name) for name, one in value.items()}
        if isinstance(value, list):
            seen = [self._normal(one, key) for one in value]
            return sorted(seen, key=_written) if key in _UNORDERED else seen
        if isinstance(value, str):
            return "<token>" if key == "next_page_token" else self._same(value, key)
        if isinstance(value, int) and _TIMES.search(key) and value > _NOW:
            return "<now>"
        return value

    def _same(self, text: str, key: str = "") -> str:
        """Ids and made-up names as what they stand for: two servers never make the same."""
        if key == "experiment_id" and text.isdecimal():
            return self._numbered(text)
        text = _PLACED.sub(lambda found: f"{found[1]}{self._numbered(found[2])}", text)
        known = {value: name for name, value in self._values.items()}
        text = _HEX.sub(lambda found: f"<{known.get(found[0]) or known.get(f'm-{found[0]}') or 'hex'}>", text)
        return "<made up>" if _MADE_UP.fullmatch(text) else text

    def _numbered(self, experiment: str) -> str:
        if experiment == "0":
            return experiment
        return f"<experiment {self._experiments.setdefault(experiment, len(self._experiments))}>"


def equal(theirs: Seen, ours: Seen) -> bool:
    """Whether a client sees the same.

    An error that MLflow tells as a page or a bare text has no code to compare, and BAD_REQUEST is its word for a
    constraint of its database. Where it fails, a refusal or an answer of ours is as it should be.
    """
    if theirs[0] == 500 and theirs[1] in (None, "INTERNAL_ERROR"):
        return ours[0] < 500
    return theirs == ours or (theirs[0] == ours[0] and ours[0] >= 400 and theirs[1] in (None, "BAD_REQUEST"))


def _written(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _at(value: Any, place: str) -> Any:
    for part in place.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


_RUN = "run.info.run_id"
MADE: Mapping[str, Step] = {
    "experiment": post("experiments/create", name="of {name}").keep(experiment="experiment_id"),
    "experiment2": post("experiments/create", name="second of {name}").keep(experiment2="experiment_id"),
    "run": post("runs/create", experiment_id="{experiment}", run_name="one", start_time=1).keep(run=_RUN),
    "run2": post("runs/create", experiment_id="{experiment}", run_name="two", start_time=2).keep(run2=_RUN),
    "run3": post("runs/create", experiment_id="{experiment}", run_name="three", start_time=3).keep(run3=_RUN),
    "model": post("registered-models/create", name="model of {name}").keep(model="registered_model.name"),
    "version": post("model-versions/create", name="{model}", source="s3://b/{name}").keep(
        version="model_version.version"
    ),
    "version2": post("model-versions/create", name="{model}", source="s3://b/{name}/2").keep(
        version2="model_version.version"
    ),
    "logged": post("logged-models", experiment_id="{experiment}", name="lm").keep(logged="model.info.model_id"),
    "logged2": post("logged-models", experiment_id="{experiment}", name="lm2").keep(logged2="model.info.model_id"),
}
"""How what a case needs comes about, when it is first named."""
