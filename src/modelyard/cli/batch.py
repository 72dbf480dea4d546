import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modelyard.cli import connect, options, output
from modelyard.cli.bars import Bar

if TYPE_CHECKING:
    from modelyard.sdk.client import Client

Model = Annotated[
    str, typer.Argument(help="An endpoint's name, or a model URI", metavar="NAME|MODEL_URI", show_default=False)
]
Input = Annotated[Path, typer.Option("--input", "-i", help="Parquet, CSV with a header, or JSON lines")]
Output = Annotated[Path, typer.Option("--output", "-o", help="A Parquet file: the rows with their predictions")]
Chunk = Annotated[int, typer.Option("--chunk", help="Rows a request", min=1, max=100_000)]


def batch(
    model: Model,
    input: Input,  # noqa: A002 - the flag's name
    output_: Output,
    chunk: Chunk = 1000,
    url: options.Url = None,
    json: options.Json = False,
) -> None:
    """Predict every row of a file; started again, a job that broke off goes on where it was."""
    from modelyard.sdk.batch.job import predict_file

    with connect.client(url) as client, _endpoint(client, model) as name, Bar(quiet=json) as bar:

        def show(done: int, total: int | None) -> None:
            bar.show(f"{done:,} rows" + (f" of {total:,}" if total else ""), done / total if total else 0.0)

        finished = predict_file(client, name, input, output_, rows=chunk, progress=show)
    if json:
        output.json(finished)
        return
    output.line(f"{finished.output}: {finished.rows:,} rows with predictions")
    if finished.refused is not None:
        output.line(f"{finished.refused}: {finished.bad:,} rows that the model refused, and why")


@contextmanager
def _endpoint(client: "Client", model: str) -> Iterator[str]:
    """The endpoint to ask; for a model URI one of its own, as long as it takes."""
    if ":/" not in model:
        yield model
        return
    name = f"batch-{secrets.token_hex(4)}"
    output.note(f"Serving {model} as {name} meanwhile")
    client.deploy(model, name)
    try:
        yield name
    finally:
        client.undeploy(name, wait=False)
