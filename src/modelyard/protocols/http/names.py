"""Which model a path means: `name` alone, or one of the models of an endpoint."""

from collections.abc import Mapping

ENDPOINT = "endpoint"
"""The parameter of paths that stay within one endpoint: /endpoints/{endpoint}/v2/models/{name}."""
OWNER = "owner"
"""The parameter of paths that name a model in full: /v2/models/{owner}/{name}."""


def full(params: Mapping[str, str]) -> str:
    """As the data plane knows it: `endpoint/model`, or `endpoint` where that is what is asked for."""
    name = params["name"]
    endpoint = params.get(ENDPOINT) or params.get(OWNER)
    return name if endpoint is None or endpoint == name else f"{endpoint}/{name}"


def shown(params: Mapping[str, str]) -> str:
    """As the caller wrote it."""
    owner = params.get(OWNER)
    return params["name"] if owner is None else f"{owner}/{params['name']}"


def within(endpoint: str | None, names: tuple[str, ...]) -> list[str]:
    """The names that a caller who stays within `endpoint` can use; all of them without one."""
    if endpoint is None:
        return list(names)
    prefix = f"{endpoint}/"
    return [name.removeprefix(prefix) for name in names if name == endpoint or name.startswith(prefix)]
