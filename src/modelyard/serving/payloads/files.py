"""Entries as Parquet files: one folder an endpoint and day, each file there only when all of it is."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from modelyard.domain.errors import NotSupported
from modelyard.serving.payloads.entry import Entry, request_text, response_text


def arrow() -> Any:
    """Pyarrow. Raises NotSupported where it is not installed."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra that servers without a payload log do without
        import pyarrow.parquet  # noqa: PLC0415
    except ModuleNotFoundError:
        raise NotSupported("A payload log needs pyarrow: pip install 'modelyard[export]'") from None
    return pa


class PayloadFiles:
    """Writes below `root`; keeps at most `most` bytes an endpoint, and removes the oldest files beyond that."""

    def __init__(self, root: Path, most: int = 1 << 30) -> None:
        self._root = root
        self._most = most
        self._count = 0

    def write(self, entries: Sequence[Entry]) -> None:
        """Raises OSError, NotSupported."""
        for endpoint, mine in groupby(sorted(entries, key=attrgetter("endpoint")), key=attrgetter("endpoint")):
            self._write(endpoint, list(mine))
            self._tidy(self._root / endpoint)

    def forget(self, endpoint: str) -> None:
        """Removes what is kept of an endpoint."""
        for file in (self._root / endpoint).glob("*/*"):
            file.unlink(missing_ok=True)

    def _write(self, endpoint: str, entries: Sequence[Entry]) -> None:
        moment = datetime.fromtimestamp(entries[0].at / 1000, UTC)
        folder = self._root / endpoint / moment.strftime("%Y-%m-%d")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._count += 1
        name = f"{moment.strftime('%H%M%S')}-{entries[0].at}-{self._count}.parquet"
        unfinished = folder / f".{name}"
        arrow().parquet.write_table(_table(entries), unfinished, compression="zstd")
        unfinished.replace(folder / name)

    def _tidy(self, home: Path) -> None:
        files = sorted(home.glob("*/*.parquet"), reverse=True)
        left = self._most
        for file in files:
            left -= file.stat().st_size
            if left < 0 and file != files[0]:
                file.unlink(missing_ok=True)


def _table(entries: Sequence[Entry]) -> Any:
    pa = arrow()
    columns = {
        "time": pa.array([one.at for one in entries], pa.timestamp("ms", tz="UTC")),
        "prediction_id": pa.array([one.prediction_id for one in entries], pa.string()),
        "endpoint": pa.array([one.endpoint for one in entries], pa.string()),
        "revision": pa.array([one.revision for one in entries], pa.int32()),
        "model_version": pa.array([one.model_version for one in entries], pa.string()),
        "status": pa.array([one.status for one in entries], pa.string()),
        "message": pa.array([one.message or None for one in entries], pa.string()),
        "milliseconds": pa.array([one.seconds * 1000 for one in entries], pa.float64()),
        "request": pa.array([one.request and request_text(one.request) for one in entries], pa.string()),
        "response": pa.array([one.result and response_text(one.result) for one in entries], pa.string()),
    }
    return pa.table(columns)
