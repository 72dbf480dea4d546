"""What was kept last of an endpoint's payloads, to be looked at."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from modelyard.domain.endpoint_status import KeptPayload
from modelyard.serving.payloads.files import arrow

LONGEST = 10_000
"""Characters of a request or an answer that are shown."""


def newest(root: Path, endpoint: str, most: int) -> Sequence[KeptPayload]:
    """The newest entries, the latest first; what is not written yet is missing. Raises NotSupported, OSError."""
    return list(islice(_backwards(root / endpoint), most))


def _backwards(home: Path) -> Iterator[KeptPayload]:
    """A file that is removed or being written meanwhile is passed over."""
    for file in sorted(home.glob("*/[!.]*.parquet"), reverse=True):
        try:
            table = arrow().parquet.ParquetFile(file).read()
        except FileNotFoundError:
            continue
        for row in reversed(range(table.num_rows)):
            yield _kept(table.slice(row, 1).to_pylist()[0])


def _kept(row: dict[str, Any]) -> KeptPayload:
    return KeptPayload(
        at=round(row["time"].timestamp() * 1000),
        prediction_id=row["prediction_id"],
        revision=row["revision"],
        model_version=row["model_version"],
        status=row["status"],
        message=row["message"] or "",
        milliseconds=row["milliseconds"],
        request=_cut(row["request"]),
        response=_cut(row["response"]),
    )


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= LONGEST else f"{text[:LONGEST]}…"
