import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from modelyard.cli import connect, options, output
from modelyard.domain.errors import InvalidInput

SECRETS = ("Secret", "ServiceAccount")
"""Kinds that go along with the documents that name them, and are nothing by themselves."""
File = Annotated[Path, typer.Option("--file", "-f", help="A YAML file; - reads from the standard input")]


def apply(file: File, url: options.Url = None, json: options.Json = False) -> None:
    """Serve what KServe's InferenceService and InferenceGraph documents say; the same again changes nothing."""
    with connect.client(url) as client:
        documents = list(_documents(file))
        secrets = [one for one in documents if one.get("kind") in SECRETS]
        applied = [client.apply(one, secrets) for one in documents if one.get("kind") not in SECRETS]
    if json:
        output.json(applied)
        return
    for one in applied:
        what = f"{one.kind.lower()}.serving.kserve.io/{one.name}"
        output.line(f"{what} {'created' if one.created else 'configured' if one.changed else 'unchanged'}")
        if one.ignored:
            output.note(f"  without effect on this server: {', '.join(one.ignored)}")


def show(name: str, url: str | None) -> None:
    """Writes an endpoint or a graph as a document to the standard output."""
    import yaml

    with connect.client(url) as client:
        output.line(yaml.safe_dump(dict(client.manifest(name)), sort_keys=False).rstrip())


def _documents(file: Path) -> Iterator[Mapping[str, object]]:
    import yaml

    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
        documents = [one for one in yaml.safe_load_all(text) if one is not None]
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} is not YAML: {error}") from None
    if not documents:
        raise InvalidInput(f"{file} is empty")
    for document in documents:
        if not isinstance(document, dict):
            raise InvalidInput(f"{file} must hold objects with apiVersion, kind, metadata and spec")
        yield document
