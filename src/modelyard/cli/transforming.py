from pathlib import Path
from typing import Annotated

import typer

File = Annotated[
    Path,
    typer.Argument(
        help="A Python file with preprocess(body), postprocess(answer), or both", metavar="FILE", show_default=False
    ),
]
Predictor = Annotated[str, typer.Option("--predictor_host", help="Where the model is asked", show_default=False)]
Port = Annotated[int, typer.Option("--http_port", help="Where to listen on 127.0.0.1", show_default=False)]
Name = Annotated[str, typer.Option("--model_name", help="Taken as KServe's programs take it")]


def transform(file: File, predictor_host: Predictor, http_port: Port, model_name: Name = "model") -> None:  # noqa: ARG001
    """Be the transformer of an InferenceService, which starts this as its command."""
    from modelyard.serving import functions

    functions.serve(file, predictor_host, http_port)
