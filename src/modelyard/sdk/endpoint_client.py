"""The part of the client that is about endpoints."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict

import msgspec

from modelyard.domain.deployments import AS_USUAL, Deployment
from modelyard.domain.errors import DeadlineExceeded, InvalidState, NotFound
from modelyard.domain.serving_options import LONGEST_TIMEOUT
from modelyard.sdk.endpoints import Endpoint, Revision
from modelyard.sdk.graphs import Graph
from modelyard.sdk.transport import JSON, Query, Transport, segment

V1 = "/api/v1"
POLL_SECONDS = 0.2
PATIENCE = 600.0
LONGEST_PREDICTION = LONGEST_TIMEOUT + 60.0
Told = Callable[[Endpoint], None]


class Items(msgspec.Struct):
    """What lists are answered with."""

    items: msgspec.Raw


class _Logs(msgspec.Struct):
    text: str


class Applied(msgspec.Struct, frozen=True):
    """What a manifest describes, whether it changed or is new, and the fields that have no effect on this server."""

    name: str
    changed: bool
    ignored: list[str]
    kind: str = "InferenceService"
    created: bool = False


class _Manifest(msgspec.Struct):
    document: dict[str, object]


class EndpointClient:
    """Deploys models, shifts requests between their revisions, and asks for predictions.

    Every call that changes an endpoint raises NotFound, and Conflict with a `generation` that is not the endpoint's any
    more. With `wait`, it returns when the change has come to pass, else raises InvalidState with the reason why it will
    not, or DeadlineExceeded after `timeout_seconds`.
    """

    def __init__(self, url: str = "http://127.0.0.1:5000", timeout_seconds: float = 60.0) -> None:
        self._transport = Transport(url, timeout_seconds)

    @property
    def url(self) -> str:
        """Where the server is asked."""
        return self._transport.url

    def endpoints(self) -> Sequence[Endpoint]:
        """All endpoints, by name."""
        return msgspec.json.decode(self._items(f"{V1}/endpoints", {}), type=list[Endpoint])

    def endpoint(self, name: str) -> Endpoint:
        """Raises NotFound."""
        return self._transport.ask("GET", _path(name), Endpoint)

    def apply(self, document: Mapping[str, object], secrets: Sequence[Mapping[str, object]] = ()) -> Applied:
        """Serves what a KServe InferenceService or InferenceGraph says; the same again changes nothing.

        `secrets` are the Secrets and ServiceAccounts that it names.
        Raises InvalidInput naming the field that is wrong, NotFound for an unknown model, NotSupported.
        """
        return self._transport.ask(
            "POST", f"{V1}/manifests", Applied, body={"document": document, "secrets": list(secrets)}
        )

    def manifest(self, name: str) -> Mapping[str, object]:
        """The endpoint or graph as KServe's document of it. Raises NotFound."""
        return self._transport.ask("GET", f"{_path(name)}/manifest", _Manifest).document

    def graphs(self) -> Sequence[Graph]:
        """All graphs of endpoints, by name."""
        return msgspec.json.decode(self._items(f"{V1}/graphs", {}), type=list[Graph])

    def graph(self, name: str) -> Graph:
        """Raises NotFound."""
        return self._transport.ask("GET", f"{V1}/graphs/{segment(name)}", Graph)

    def remove_graph(self, name: str) -> None:
        """Its endpoints stay. Raises NotFound."""
        self._transport.ask("DELETE", f"{V1}/graphs/{segment(name)}", type(None))

    def revisions(self, name: str, limit: int = 100) -> Sequence[Revision]:
        """An endpoint's revisions, in use or not, the newest first. Raises NotFound."""
        return msgspec.json.decode(self._items(f"{_path(name)}/revisions", {"limit": limit}), type=list[Revision])

    def deploy(
        self,
        model_uri: str,
        name: str,
        environment: str | None = None,
        how: Deployment = AS_USUAL,
        *,
        wait: bool = True,
        timeout_seconds: float = PATIENCE,
        on_status: Told | None = None,
    ) -> Endpoint:
        """Serve the model at `model_uri` under `name`: a new endpoint, or the next revision of an existing one.

        `environment` is that of `how`, unless it is given. With `wait`, returns when that revision answers, and
        `on_status` is told of every change on the way.
        Raises InvalidInput for a bad name, URI or option, NotFound for an unknown model, InvalidState with the reason
        when the model cannot be served, DeadlineExceeded after `timeout_seconds`.
        """
        wanted = {
            "model_uri": model_uri,
            "environment": environment or how.options.environment,
            "options": {key: value for key, value in asdict(how.options).items() if key != "environment"},
            "generation": how.generation,
        }
        path = f"{_path(name)}/models/{segment(how.model)}" if how.model else _path(name)
        endpoint = self._transport.ask("PUT", path, Endpoint, body=wanted | asdict(how.strategy))
        if not wait:
            return endpoint
        number = endpoint.revision.number
        return _kept(self._until_ready(endpoint, timeout_seconds, on_status), number)

    def shift(
        self,
        name: str,
        weights: Mapping[int, int],
        shadows: Mapping[int, int] | None = None,
        *,
        model: str = "",
        generation: int | None = None,
        wait: bool = True,
        timeout_seconds: float = PATIENCE,
    ) -> Endpoint:
        """Share requests out: percent by revision, 100 in all, and of shadows as often as they are asked.

        Without shadows, those there are stay. Raises InvalidInput for shares that do not add up.
        """
        targets = [{"revision": number, "weight": weight} for number, weight in weights.items()]
        targets += [{"revision": one, "weight": often, "shadow": True} for one, often in (shadows or {}).items()]
        sent = {"targets": targets, "model": model, "generation": generation}
        endpoint = self._transport.ask("POST", f"{_path(name)}/traffic", Endpoint, body=sent)
        return self._until_ready(endpoint, timeout_seconds, None) if wait else endpoint

    def promote(
        self,
        name: str,
        *,
        model: str = "",
        generation: int | None = None,
        wait: bool = True,
        timeout_seconds: float = PATIENCE,
    ) -> Endpoint:
        """Give all requests to the canary. Raises Conflict when there is none."""
        return self._change("promote", name, model, generation, timeout_seconds if wait else None)

    def roll_back(
        self,
        name: str,
        *,
        model: str = "",
        generation: int | None = None,
        wait: bool = True,
        timeout_seconds: float = PATIENCE,
    ) -> Endpoint:
        """Take the canary out, or go back to the revision before. Raises Conflict when there is neither."""
        return self._change("rollback", name, model, generation, timeout_seconds if wait else None)

    def stop(self, name: str, *, model: str = "", wait: bool = True, timeout_seconds: float = PATIENCE) -> Endpoint:
        """Run nothing of the endpoint, or of one of its models, but keep what it is."""
        return self._change("stop", name, model, None, timeout_seconds if wait else None)

    def start(self, name: str, *, model: str = "", wait: bool = True, timeout_seconds: float = PATIENCE) -> Endpoint:
        """Serve again what was stopped."""
        return self._change("start", name, model, None, timeout_seconds if wait else None)

    def undeploy(self, name: str, *, wait: bool = True, timeout_seconds: float = 60.0) -> None:
        """Stop serving; with `wait`, returns when nothing of the endpoint runs. Raises NotFound, DeadlineExceeded."""
        self._transport.ask("DELETE", _path(name), type(None))
        until = time.monotonic() + timeout_seconds
        while wait:
            try:
                self.endpoint(name)
            except NotFound:
                return
            if time.monotonic() > until:
                raise DeadlineExceeded(f"Endpoint '{name}' still runs after {timeout_seconds:g} s; it ends by itself")
            time.sleep(POLL_SECONDS)

    def remove_model(self, name: str, model: str) -> None:
        """Take one of several models off an endpoint. Raises NotFound, and Conflict for the only one."""
        self._transport.ask("DELETE", f"{_path(name)}/models/{segment(model)}", type(None))

    def logs(self, name: str, lines: int = 200, revision: int | None = None) -> str:
        """The last lines that a revision's processes wrote, by default of the newest one that wrote any.

        Raises NotFound, InvalidInput over 10,000 lines.
        """
        asked: Query = {"lines": lines, "revision": revision}
        return self._transport.ask("GET", f"{_path(name)}/logs", _Logs, query=asked).text

    def predict(self, name: str, payload: object) -> object:
        """What the endpoint predicts for `payload`, a document of MLflow's scoring protocol such as
        `{"dataframe_records": [{"a": 1}]}`. Raises NotFound, InvalidInput, Unavailable.
        """
        return self.predict_bytes(name, msgspec.json.encode(payload), JSON)

    def predict_bytes(self, name: str, body: bytes, content_type: str) -> object:
        """As `predict`, for a body that is `application/json` or `text/csv` already."""
        path = f"/endpoints/{segment(name)}/invocations"
        # How long that may take is the endpoint's to say.
        answer = self._transport.send("POST", path, body, content_type, patience=LONGEST_PREDICTION)
        decoded: object = msgspec.json.decode(answer)
        return decoded["predictions"] if isinstance(decoded, dict) and "predictions" in decoded else decoded

    def stream(self, name: str, payload: object) -> Iterator[object]:
        """The pieces of what the endpoint answers, as its model makes them, to one row or conversation.

        Such as `{"messages": [{"role": "user", "content": "Hello"}]}`. Raises as `predict` does, also while it is gone
        through; NotSupported for a model that does not stream, PredictionFailed when it stops half-way.
        """
        return self.stream_bytes(name, msgspec.json.encode(payload), JSON)

    def stream_bytes(self, name: str, body: bytes, content_type: str) -> Iterator[object]:
        """As `stream`, for a body that is `application/json` or `text/csv` already."""
        path = f"/endpoints/{segment(name)}/invocations"
        yield from map(msgspec.json.decode, self._transport.events(path, body, content_type, LONGEST_PREDICTION))

    def invocations_url(self, name: str, model: str = "") -> str:
        """Where the endpoint, or one of its models, is asked for predictions, by POST."""
        return f"{self.url}/endpoints/{'/'.join(segment(part) for part in (name, model) if part)}/invocations"

    def _items(self, path: str, query: Query) -> msgspec.Raw:
        return self._transport.ask("GET", path, Items, query=query).items

    def _change(
        self, what: str, name: str, model: str, generation: int | None, timeout_seconds: float | None
    ) -> Endpoint:
        sent = {"model": model, "generation": generation}
        endpoint = self._transport.ask("POST", f"{_path(name)}/{what}", Endpoint, body=sent)
        return endpoint if timeout_seconds is None else self._until_ready(endpoint, timeout_seconds, None)

    def _until_ready(self, endpoint: Endpoint, timeout_seconds: float, on_status: Told | None) -> Endpoint:
        """The endpoint once it is as it is wanted."""
        until, told = time.monotonic() + timeout_seconds, ""
        while not endpoint.ready:
            shown = f"{endpoint.status.phase} {endpoint.status.message}"
            if on_status is not None and shown != told:
                on_status(endpoint)
                told = shown
            if endpoint.failed:
                raise InvalidState(_why(endpoint))
            if time.monotonic() > until:
                raise DeadlineExceeded(
                    f"Endpoint '{endpoint.name}' is not ready after {timeout_seconds:g} s: {shown}; "
                    f"`modelyard logs {endpoint.name}` shows more"
                )
            time.sleep(POLL_SECONDS)
            endpoint = self.endpoint(endpoint.name)
        if on_status is not None:
            on_status(endpoint)
        return endpoint


def _kept(endpoint: Endpoint, number: int) -> Endpoint:
    """Raises InvalidState when the revision was rolled back before anybody saw it ready."""
    rollouts = [*endpoint.models.values(), *([endpoint.rollout] if endpoint.rollout is not None else [])]
    for rollout in rollouts:
        if rollout.rolled_back is not None and rollout.rolled_back.revision == number:
            raise InvalidState(f"Endpoint '{endpoint.name}': {rollout.rolled_back.message}")
    return endpoint


def _path(name: str) -> str:
    return f"{V1}/endpoints/{segment(name)}"


def _why(endpoint: Endpoint) -> str:
    status = endpoint.status
    failed = next((one for one in endpoint.revisions if one.status.state == "FailedToLoad"), endpoint.revision)
    tail = f"\n{status.log_tail}" if status.log_tail else ""
    return f"Endpoint '{endpoint.name}' cannot serve {failed.model_uri}: {status.message}{tail}"
