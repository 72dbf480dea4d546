from typing import TYPE_CHECKING, Annotated

import typer

from modelyard.cli import connect, options, output
from modelyard.cli.endpoints import Name, Timeout, Wait
from modelyard.domain.errors import InvalidInput

if TYPE_CHECKING:
    from modelyard.sdk.endpoints import Endpoint

Model = Annotated[str, typer.Option("--model", help="One of several models of the endpoint", show_default=False)]
Shares = Annotated[
    list[str],
    typer.Argument(
        help="Percent of the requests by revision, 100 in all: 3=90 4=10", metavar="SHARES", show_default=False
    ),
]
Shadows = Annotated[
    list[str] | None,
    typer.Option("--shadow", help="A revision to ask too and compare: 5, or 5=20 for a part", show_default=False),
]


def traffic(
    name: Name,
    shares: Shares,
    shadow: Shadows = None,
    model: Model = "",
    wait: Wait = True,
    timeout: Timeout = 600.0,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Share an endpoint's requests out among its revisions."""
    weights = dict(_share(one) for one in shares)
    shadows = dict(_share(one if "=" in one else f"{one}=100") for one in shadow or [])
    with connect.client(url) as client:
        changed = client.shift(name, weights, shadows, model=model, wait=wait, timeout_seconds=timeout)
    _tell(changed, model, json=json)


def promote(
    name: Name,
    model: Model = "",
    wait: Wait = True,
    timeout: Timeout = 600.0,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Give all requests to the canary, the newest of several; what answered before stays warm."""
    with connect.client(url) as client:
        changed = client.promote(name, model=model, wait=wait, timeout_seconds=timeout)
    _tell(changed, model, json=json)


def rollback(
    name: Name,
    model: Model = "",
    wait: Wait = True,
    timeout: Timeout = 600.0,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Take all canaries out, or else go back to the revision before, at once."""
    with connect.client(url) as client:
        changed = client.roll_back(name, model=model, wait=wait, timeout_seconds=timeout)
    _tell(changed, model, json=json)


def stop(
    name: Name,
    model: Model = "",
    wait: Wait = True,
    timeout: Timeout = 60.0,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Run nothing of an endpoint, but keep what it is."""
    with connect.client(url) as client:
        changed = client.stop(name, model=model, wait=wait, timeout_seconds=timeout)
    _say(changed, f"is stopped; `modelyard start {name}` serves it again", json=json)


def start(
    name: Name,
    model: Model = "",
    wait: Wait = True,
    timeout: Timeout = 600.0,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Serve again what was stopped."""
    with connect.client(url) as client:
        changed = client.start(name, model=model, wait=wait, timeout_seconds=timeout)
    _say(changed, f"is {changed.status.phase}", json=json)


def _tell(endpoint: "Endpoint", model: str, *, json: bool) -> None:
    rollout = endpoint.models.get(model) or endpoint.rollout
    if json or rollout is None:
        output.json(endpoint)
        return
    told = [f"{one.weight} % to revision {one.revision}" for one in rollout.targets if not one.shadow]
    told += [f"revision {one.revision} as a shadow" for one in rollout.targets if one.shadow]
    output.line(f"{endpoint.name}: {', '.join(told)}")


def _say(endpoint: "Endpoint", text: str, *, json: bool) -> None:
    if json:
        output.json(endpoint)
    else:
        output.line(f"{endpoint.name} {text}")


def _share(text: str) -> tuple[int, int]:
    revision, _, weight = text.partition("=")
    weight = weight.removesuffix("%")
    if not (revision.isdecimal() and weight.isdecimal()):
        raise InvalidInput(f"'{text}' is no share; write REVISION=PERCENT, such as 3=90")
    return int(revision), int(weight)
