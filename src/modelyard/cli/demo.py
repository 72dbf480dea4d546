import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelyard.apps import child, settings
from modelyard.cli import options, output
from modelyard.domain.deployments import Deployment
from modelyard.domain.errors import ModelyardError
from modelyard.domain.rollouts import ALL, Strategy

if TYPE_CHECKING:
    from modelyard.examples.outcome import Outcome


class Story(StrEnum):
    TAXI = "taxi"
    CHURN = "churn"
    STOCKS = "stocks"


NEEDED_BY_STEPS = ("kfp", "torch", "arch")
Which = Annotated[
    Story, typer.Argument(help="taxi: how long a ride takes; churn: who leaves a bank; stocks: tomorrow's price")
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", help="A file or folder of real data; each story has some of its own without", show_default=False
    ),
]
Exit = Annotated[bool, typer.Option("--exit", help="Stop the server in the end, also on a terminal")]
Url = Annotated[
    str | None, typer.Option("--url", help="Use the server there instead of starting one", show_default=False)
]


def demo(
    story: Which,
    data: Data = None,
    url: Url = None,
    port: options.Port = None,
    data_dir: options.DataDir = None,
    exit_: Exit = False,
    json: options.Json = False,
) -> None:
    """Carry a model from raw data to a served, versioned prediction."""
    with _server(url, port, data_dir) as server:
        base = server.url if server else str(settings.server_url(url, {}))
        outcome = _tell(story, base, data, quiet=json)
        if json:
            output.json(outcome)
        if server is None or json or exit_ or not sys.stdout.isatty():
            return
        try:
            _invite(server, outcome)
            server.wait()
        except KeyboardInterrupt:
            output.line("\nStopping; `modelyard up` finds everything again")


@contextmanager
def _server(url: str | None, port: str | None, data_dir: str | None) -> Iterator[child.Child | None]:
    if url is not None:
        yield None
        return
    with child.running({"port": port, "data_dir": data_dir}, settings.environment()) as server:
        output.note(f"Server at {server.url}, data in {server.data_dir}")
        yield server


def _tell(story: Story, url: str, data: Path | None, *, quiet: bool) -> "Outcome":
    from rich.console import Console

    extra = "stocks" if story is Story.STOCKS else "demo"
    try:
        _look_for(NEEDED_BY_STEPS if story is Story.STOCKS else ())
        from modelyard.examples.reporting import RichReporter

        told = importlib.import_module(f"modelyard.examples.{story}.story")
    except ModuleNotFoundError as error:
        raise ModelyardError(f"The demo needs {error.name}: pip install 'modelyard[{extra}]'") from None
    outcome: Outcome = told.run(url, data, RichReporter(Console(stderr=quiet)), Deployer(url))
    return outcome


def _look_for(modules: Sequence[str]) -> None:
    """Raises ModuleNotFoundError for the first that is missing, without importing those that are there."""
    for name in modules:
        if importlib.util.find_spec(name) is None:
            raise ModuleNotFoundError(name=name)


class Deployer:
    def __init__(self, url: str) -> None:
        self._url = url

    def deploy(self, model_uri: str, name: str) -> str:
        from modelyard.sdk.client import Client

        with Client(self._url) as client:
            client.deploy(model_uri, name)
            return client.invocations_url(name)

    def introduce(self, model_uri: str, name: str, percent: int) -> None:
        from modelyard.sdk.client import Client

        with Client(self._url) as client:
            client.deploy(model_uri, name, how=Deployment(strategy=Strategy(canary=percent)))

    def share(self, name: str, percent: int) -> None:
        from modelyard.sdk.client import Client

        with Client(self._url) as client:
            rollout = client.endpoint(name).rollout
            if percent == ALL or rollout is None:
                client.promote(name)
            else:
                client.shift(name, {rollout.stable: ALL - percent, rollout.canary: percent})


def _invite(server: child.Child, outcome: "Outcome") -> None:
    output.line(
        f"\nThe server stays up at {server.url} until Ctrl-C. In another terminal:\n"
        f"  export MLFLOW_TRACKING_URI={server.url}\n"
        "  modelyard endpoints\n"
        f"  modelyard runs {outcome.story}\n"
        f"  modelyard models {outcome.model}\n"
        "  modelyard events"
    )
