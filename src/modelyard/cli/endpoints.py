from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelyard.cli import connect, options, output, times

if TYPE_CHECKING:
    from modelyard.sdk.client import Client
    from modelyard.sdk.endpoints import Endpoint

Name = Annotated[str, typer.Argument(help="The endpoint's name", metavar="NAME", show_default=False)]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Return when it is done, or at once")]
Timeout = Annotated[float, typer.Option("--timeout", help="Seconds to wait at most")]
Data = Annotated[Path, typer.Option("--data", help="A CSV file with a header, or JSON rows", show_default=False)]
Stream = Annotated[bool, typer.Option("--stream", help="Print the answer in pieces, as the model makes them")]
Lines = Annotated[int, typer.Option("--lines", "-n", help="How many of the last lines", min=1, max=10_000)]
Revision = Annotated[
    int | None,
    typer.Option("--revision", help="Of which revision; else the newest that wrote any", show_default=False),
]


def endpoints(url: options.Url = None, json: options.Json = False) -> None:
    """List endpoints, what answers there, and how they are."""
    with connect.client(url) as client:
        found = client.endpoints()
    if json:
        output.json(found)
        return
    output.table(
        ("Name", "Phase", "Model", "Version", "Revision", "Restarts", "Since", "Message"),
        [_row(one) for one in found],
        "No endpoints; `modelyard deploy MODEL_URI --name NAME` makes one",
    )


def predict(
    name: Name, data: Data, stream: Stream = False, url: options.Url = None, json: options.Json = False
) -> None:
    """Ask an endpoint for predictions about the rows of a file."""
    from modelyard.domain.errors import InvalidInput
    from modelyard.sdk import payloads

    payload = payloads.read(data)
    with connect.client(url) as client:
        try:
            if stream:
                output.pieces(client.stream_bytes(name, payload.body, payload.content_type), as_lines=json)
                return
            predictions = client.predict_bytes(name, payload.body, payload.content_type)
        except InvalidInput as error:
            raise InvalidInput(f"{data}: {error.message}") from None
    if json or not isinstance(predictions, list):
        output.json({"predictions": predictions})
        return
    for prediction in predictions:
        output.value(prediction)


def logs(
    name: Name, lines: Lines = 200, revision: Revision = None, url: options.Url = None, json: options.Json = False
) -> None:
    """Show what an endpoint's processes wrote last."""
    with connect.client(url) as client:
        text = client.logs(name, lines, revision)
    if json:
        output.json({"name": name, "lines": text.splitlines()})
    elif text:
        output.line(text)


def undeploy(
    name: Name,
    wait: Wait = True,
    timeout: Timeout = 60.0,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Stop serving an endpoint, after its running requests; or a graph, whose endpoints stay."""
    with connect.client(url) as client:
        _undeploy(client, name, timeout if wait else None)
    if json:
        output.json({"name": name, "removed": wait})
    else:
        output.line(f"{name} is {'gone' if wait else 'on its way out'}")


def _undeploy(client: "Client", name: str, patience: float | None) -> None:
    from modelyard.domain.errors import NotFound

    try:
        client.undeploy(name, wait=patience is not None, timeout_seconds=patience or 0.0)
    except NotFound as error:
        try:
            client.remove_graph(name)
        except NotFound:
            raise error from None


def _row(one: "Endpoint") -> tuple[object, ...]:
    revision, status = one.told, one.status
    shown = status.message or status.probe
    if status.phase == "Failed" and revision is not one.revision:
        shown = f"Revision {one.revision.number} of {one.revision.model_uri} failed: {shown}"
    return (
        one.name,
        status.phase,
        revision.model_uri,
        revision.model_version,
        revision.number,
        status.restarts,
        times.ago(status.updated_at),
        shown.splitlines()[0] if shown else "",
    )
