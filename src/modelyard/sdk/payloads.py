"""Files as bodies of predictions."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from modelyard.domain.errors import InvalidInput
from modelyard.formats.inference import CONVERSATION, JSON_FORMS

JSON = "application/json"
CSV = "text/csv"
_DOCUMENTS = frozenset({*JSON_FORMS, *CONVERSATION})


@dataclass(frozen=True, slots=True)
class Payload:
    """A body and what it is."""

    body: bytes
    content_type: str


def read(file: Path) -> Payload:
    """A CSV file with a header, or JSON: a document of MLflow's scoring protocol, or plain rows.

    Raises InvalidInput naming the file, and the place in it where it is not JSON.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}") from None
    if not content.strip():
        raise InvalidInput(f"{file} is empty: expected a CSV file with a header line, or JSON")
    if file.suffix.lower() == ".json" or (file.suffix.lower() != ".csv" and content.lstrip()[:1] in (b"{", b"[")):
        return Payload(msgspec.json.encode(document(_decoded(file, content))), JSON)
    return Payload(content, CSV)


def document(rows: object) -> object:
    """What the scoring protocol wants to see for rows: objects are rows by column, lists are bare numbers."""
    if isinstance(rows, dict):
        return rows if _DOCUMENTS & rows.keys() else {"dataframe_records": [rows]}
    if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
        return {"dataframe_records": rows}
    return {"inputs": rows}


def _decoded(file: Path, content: bytes) -> object:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} is not valid JSON: {error}") from None
