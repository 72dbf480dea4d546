"""A target of MLflow's deployments: `mlflow deployments create -t modelyard --name NAME -m models:/MODEL/VERSION`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
from mlflow.deployments import BaseDeploymentClient, PredictionsResponse
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    ALREADY_EXISTS,
    INTERNAL_ERROR,
    INVALID_PARAMETER_VALUE,
    RESOURCE_DOES_NOT_EXIST,
    TEMPORARILY_UNAVAILABLE,
)
from mlflow.tracking import get_tracking_uri
from mlflow.utils.proto_json_utils import dump_input_data

from modelyard.domain import errors
from modelyard.formats.inference import CONVERSATION, JSON_FORMS
from modelyard.sdk.client import Client
from modelyard.sdk.endpoints import Endpoint
from modelyard.sdk.transport import JSON

SCHEME = "modelyard"
FLAVOR = "python_function"
DEFAULT_URL = "http://127.0.0.1:5000"
_CODES: Mapping[type[errors.ModelyardError], int] = {
    errors.InvalidInput: INVALID_PARAMETER_VALUE,
    errors.InvalidState: INVALID_PARAMETER_VALUE,
    errors.NotFound: RESOURCE_DOES_NOT_EXIST,
    errors.AlreadyExists: ALREADY_EXISTS,
    errors.Unavailable: TEMPORARILY_UNAVAILABLE,
}
_OPTIONS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "env": ("environment", str),
    "wait": ("wait", lambda text: str(text).lower() != "false"),
    "timeout": ("timeout_seconds", float),
}
_HELP = f"""\
Deploys models to endpoints of a Modelyard server (`modelyard up`).

Target: `{SCHEME}` is the server that MLFLOW_TRACKING_URI names, else {DEFAULT_URL};
`{SCHEME}:http://host:port` names one. A deployment is an endpoint; its name has a-z, 0-9 and dashes.

Config of `create` and `update`, as -C NAME=VALUE:
  env      local: the server's own Python (default); uv: one built for the model
  wait     false: return at once, not when the model has answered a prediction
  timeout  seconds to wait at most (default 600)

`create` refuses a name that is taken; `update` makes the next revision. There is one flavor: python_function.
"""


class ModelyardDeploymentClient(BaseDeploymentClient):  # type: ignore[misc]
    """Deployments as endpoints of a server; errors come as MlflowException with the server's words."""

    def __init__(self, target_uri: str) -> None:
        super().__init__(target_uri)
        self._url = _server(target_uri)

    def create_deployment(
        self,
        name: str,
        model_uri: str,
        flavor: str | None = None,
        config: Mapping[str, str] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Serve a model under a new name. Returns when it has answered a prediction."""
        _check(flavor, endpoint)
        with self._client() as client:
            if _exists(client, name):
                raise errors.AlreadyExists(f"There is a deployment '{name}' already; update it, or delete it first")
            return _described(client.deploy(model_uri, name, **_options(config)))

    def update_deployment(
        self,
        name: str,
        model_uri: str | None = None,
        flavor: str | None = None,
        config: Mapping[str, str] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Serve another model under the name; the one before answers until the new one does."""
        _check(flavor, endpoint)
        with self._client() as client:
            now = client.endpoint(name)
            return _described(client.deploy(model_uri or now.revision.model_uri, name, **_options(config)))

    def delete_deployment(
        self, name: str, config: Mapping[str, str] | None = None, endpoint: str | None = None
    ) -> None:
        """Stop serving; a name that nothing has is as good as deleted."""
        _check(None, endpoint)
        with self._client() as client:
            if _exists(client, name):
                client.undeploy(name, wait=bool(_options(config).get("wait", True)))

    def list_deployments(self, endpoint: str | None = None) -> list[dict[str, Any]]:
        """All endpoints of the server."""
        _check(None, endpoint)
        with self._client() as client:
            return [_described(one) for one in client.endpoints()]

    def get_deployment(self, name: str, endpoint: str | None = None) -> dict[str, Any]:
        """One endpoint and how it is."""
        _check(None, endpoint)
        with self._client() as client:
            return _described(client.endpoint(name))

    def predict(
        self, deployment_name: str | None = None, inputs: object = None, endpoint: str | None = None
    ) -> PredictionsResponse:
        """What a deployment predicts for a frame, an array, or a document of the scoring protocol."""
        name = _named(deployment_name or endpoint)
        with self._client() as client:
            said = client.predict_bytes(name, _body(inputs), JSON)
        return PredictionsResponse.from_json(msgspec.json.encode({"predictions": said}).decode())

    def predict_stream(
        self, deployment_name: str | None = None, inputs: object = None, endpoint: str | None = None
    ) -> Iterator[Any]:
        """The pieces of what a deployment answers, as its model makes them; a text or an object each."""
        name = _named(deployment_name or endpoint)
        with self._client() as client:
            yield from client.stream_bytes(name, _body(inputs), JSON)

    def list_endpoints(self) -> list[dict[str, Any]]:
        """The same as the deployments."""
        return self.list_deployments()

    def get_endpoint(self, endpoint: str) -> dict[str, Any]:
        """The same as the deployment of that name."""
        return self.get_deployment(endpoint)

    def delete_endpoint(self, endpoint: str) -> None:
        """The same as deleting the deployment of that name."""
        self.delete_deployment(endpoint)

    @contextmanager
    def _client(self) -> Iterator[Client]:
        try:
            with Client(self._url) as client:
                yield client
        except errors.ModelyardError as error:
            code = next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), INTERNAL_ERROR)
            raise MlflowException(error.message, error_code=code) from error


def run_local(
    target: str, name: str, model_uri: str, flavor: str | None = None, config: Mapping[str, str] | None = None
) -> None:
    """Serve the model; the server is on this machine unless the target says otherwise."""
    ModelyardDeploymentClient(target).create_deployment(name, model_uri, flavor, config)


def target_help() -> str:
    """What `mlflow deployments help -t modelyard` shows."""
    return _HELP


def _named(name: str | None) -> str:
    if not name:
        raise MlflowException("Name a deployment to predict with", error_code=INVALID_PARAMETER_VALUE)
    return name


def _body(inputs: object) -> bytes:
    """A document of the scoring protocol, or what can be made one."""
    if isinstance(inputs, dict):
        whole = inputs if frozenset((*JSON_FORMS, *CONVERSATION)) & inputs.keys() else {"inputs": inputs}
        return msgspec.json.encode(whole, enc_hook=lambda value: value.tolist())
    return str(dump_input_data(inputs)).encode()


def _server(target_uri: str) -> str:
    url = target_uri.removeprefix(SCHEME).removeprefix(":")
    if url.startswith(("http://", "https://")):
        return url
    if url.strip("/"):
        raise MlflowException(
            f"'{target_uri}' names no server; write {SCHEME} or {SCHEME}:http://host:port",
            error_code=INVALID_PARAMETER_VALUE,
        )
    tracking = str(get_tracking_uri())
    return tracking if tracking.startswith(("http://", "https://")) else DEFAULT_URL


def _check(flavor: str | None, endpoint: str | None) -> None:
    if flavor not in (None, FLAVOR):
        raise MlflowException(f"Only the flavor {FLAVOR} is served", error_code=INVALID_PARAMETER_VALUE)
    if endpoint:
        raise MlflowException("A deployment is an endpoint itself; leave --endpoint out", INVALID_PARAMETER_VALUE)


def _options(config: Mapping[str, str] | None) -> dict[str, Any]:
    """Arguments of Client.deploy."""
    chosen: dict[str, Any] = {}
    for name, value in (config or {}).items():
        if name not in _OPTIONS:
            known = ", ".join(_OPTIONS)
            raise MlflowException(f"Unknown config '{name}'; there is {known}", error_code=INVALID_PARAMETER_VALUE)
        argument, kind = _OPTIONS[name]
        try:
            chosen[argument] = kind(value)
        except ValueError:
            raise MlflowException(f"config {name}={value!r} is no number", INVALID_PARAMETER_VALUE) from None
    return chosen


def _exists(client: Client, name: str) -> bool:
    try:
        client.endpoint(name)
    except errors.NotFound:
        return False
    return True


def _described(endpoint: Endpoint) -> dict[str, Any]:
    revision = endpoint.told
    return {
        "name": endpoint.name,
        "flavor": FLAVOR,
        "status": endpoint.status.phase,
        "model_uri": revision.model_uri,
        "model_version": revision.model_version,
        "revision": revision.number,
        "message": endpoint.status.message,
    }
