"""Where a job has come: a folder beside its output that goes when the job is done."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from modelyard.domain.errors import InvalidInput, InvalidState
from modelyard.sdk.batch import tables

_PLAN = "plan.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """What makes two jobs the same one: the model, the input's size and first bytes, and the size of chunks."""

    model: str
    size: int
    digest: str
    rows: int


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that the model refuses, by its place in the input from 0 on."""

    row: int
    message: str
    values: dict[str, Any]


def plan_of(model: str, source: Path, rows: int) -> Plan:
    """Raises InvalidInput when the input cannot be read."""
    try:
        with source.open("rb") as file:
            return Plan(model, source.stat().st_size, hashlib.sha256(file.read(1 << 20)).hexdigest(), rows)
    except OSError as error:
        raise InvalidInput(f"{source} cannot be read: {error.strerror}") from None


class Parts:
    """The chunks that are done, by number; each appears whole or not at all."""

    def __init__(self, output: Path, plan: Plan) -> None:
        """Raises InvalidState when another job has left its parts there."""
        self._output = output
        self._folder = output.with_name(output.name + ".parts")
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = self._folder / _PLAN
        if not kept.exists():
            _write(kept, json.dumps(asdict(plan)).encode())
        elif json.loads(kept.read_bytes()) != asdict(plan):
            raise InvalidState(f"{self._folder} has parts of another job; remove it, or choose another output")

    def done(self, number: int) -> bool:
        """Whether this part is on disk, whole."""
        return self._part(number).exists()

    def put(self, number: int, table: Any, bad: Sequence[BadRow]) -> None:
        """Keeps a part: the answers as an Arrow table, and the rows that were refused. Raises OSError."""
        if bad:
            lines = "".join(json.dumps(asdict(one), default=str) + "\n" for one in bad)
            _write(self._part(number).with_suffix(".bad"), lines.encode())
        unfinished = self._part(number).with_suffix(".part")
        tables.arrow().parquet.write_table(table, unfinished)
        unfinished.replace(self._part(number))

    def finish(self) -> tuple[int, int]:
        """Puts the parts together as the output and, beside it, the refused rows; answers how many of each."""
        parquet = tables.arrow().parquet
        parts = sorted(self._folder.glob("*.parquet"))
        refused = self._output.with_name(self._output.name + ".bad.jsonl")
        refused.unlink(missing_ok=True)
        if bad := list(self._refused(parts)):
            _write(refused, b"".join(bad))
        schema = _common([parquet.read_schema(part) for part in parts])
        unfinished = self._output.with_name(self._output.name + ".unfinished")
        rows = 0
        with parquet.ParquetWriter(unfinished, schema) as writer:
            for part in parts:
                table = _fitted(parquet.read_table(part), schema)
                rows += table.num_rows
                writer.write_table(table)
        unfinished.replace(self._output)
        shutil.rmtree(self._folder)
        return rows, len(bad)

    def _refused(self, parts: Sequence[Path]) -> Iterator[bytes]:
        for part in parts:
            lines = part.with_suffix(".bad")
            if lines.exists():
                yield from lines.read_bytes().splitlines(keepends=True)

    def _part(self, number: int) -> Path:
        return self._folder / f"{number:08d}.parquet"


def _common(schemas: Sequence[Any]) -> Any:
    """One schema for all parts: a chunk may hold nulls or whole numbers only where the next has more."""
    pyarrow = tables.arrow()
    return pyarrow.unify_schemas(schemas, promote_options="permissive") if schemas else pyarrow.schema([])


def _fitted(table: Any, schema: Any) -> Any:
    pyarrow = tables.arrow()
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pyarrow.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pyarrow.table(columns, schema=schema)


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)
