"""Run by path: some rows of the Parquet file that is standard input, as JSON, within little memory and time.

It imports nothing of ours, and what it reads may be broken on purpose.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import resource
import sys
from typing import Any

CPU_SECONDS = 20
MOST_COLUMNS = 100
LONGEST_TEXT = 500
MOST_INSIDE = 20
DEEPEST = 4
_PR_SET_NO_NEW_PRIVS = 38


def main(offset: int, limit: int, memory: int) -> None:
    _confine(memory)
    try:
        import pyarrow as pa  # noqa: PLC0415 - after the limits; an extra
        import pyarrow.parquet  # noqa: PLC0415
    except ModuleNotFoundError:
        answer: dict[str, Any] = {"missing": True}
    else:
        try:
            answer = _page(pa, offset, limit)
        except MemoryError:
            answer = {"error": f"reading it needs more than {memory >> 20} MiB of memory; download the file"}
        except Exception as error:  # noqa: BLE001 - whatever a broken file brings about is a sentence for whoever looks
            answer = {"error": f"it is not a Parquet file that can be read ({str(error)[:300]})"}
    sys.stdout.write(json.dumps(answer))


def _confine(memory: int) -> None:
    limits = {
        resource.RLIMIT_DATA: memory,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        with contextlib.suppress(OSError, ValueError):  # a lower limit is in force already
            resource.setrlimit(kind, (most, most))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _page(pa: Any, offset: int, limit: int) -> dict[str, Any]:
    pa.set_cpu_count(1)
    # In pieces, so that a large row group is not read as a whole.
    file = pa.parquet.ParquetFile(pa.PythonFile(sys.stdin.buffer, mode="r"), buffer_size=1 << 20, pre_buffer=False)
    names = file.schema_arrow.names
    batches = _batches(file, names[:MOST_COLUMNS], offset, limit)
    schema = batches[0].schema if batches else list(file.schema_arrow)[:MOST_COLUMNS]
    columns = [[text for batch in batches for text in _texts(pa, batch.column(at))] for at in range(len(schema))]
    return {
        "columns": [
            {"name": one.name, "type": str(one.type)[:100], "numeric": _is_number(pa, one.type)} for one in schema
        ],
        "rows": [list(row) for row in zip(*columns, strict=True)],
        "total_rows": file.metadata.num_rows,
        "total_columns": len(names),
    }


def _batches(file: Any, columns: list[str], offset: int, limit: int) -> list[Any]:
    """The rows from `offset` on; row groups that lie before are passed over."""
    groups = [file.metadata.row_group(at).num_rows for at in range(file.metadata.num_row_groups)]
    first = 0
    while first < len(groups) and offset >= groups[first]:
        offset -= groups[first]
        first += 1
    wanted = list(range(first, len(groups)))
    if not wanted:
        return []
    found: list[Any] = []
    left = limit
    for batch in file.iter_batches(batch_size=1024, row_groups=wanted, columns=columns, use_threads=False):
        part = batch.slice(offset, left)
        offset = max(0, offset - batch.num_rows)
        if part.num_rows:
            found.append(part)
            left -= part.num_rows
        if left <= 0:
            break
    return found


def _texts(pa: Any, column: Any) -> list[str | None]:
    plain = pa.types.is_primitive(column.type) or pa.types.is_decimal(column.type) or pa.types.is_string(column.type)
    if plain:
        with contextlib.suppress(pa.ArrowException):  # such as a text that is not UTF-8, or a zone nobody knows
            return [_cut(text) for text in column.cast(pa.string()).to_pylist()]
    return [_cut(_shown(pa, one, 0)) for one in column]


def _shown(pa: Any, value: Any, depth: int) -> str | None:
    if not value.is_valid:
        return None
    kind = value.type
    if pa.types.is_dictionary(kind):
        return _shown(pa, value.dictionary[value.index.as_py()], depth)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return f"{len(value.as_buffer())} bytes"
    return _inside(pa, value, depth + 1) if pa.types.is_nested(kind) else str(value.as_py())


def _inside(pa: Any, value: Any, depth: int) -> str:
    kind = value.type
    if depth > DEEPEST:
        return "…"
    if pa.types.is_struct(kind):
        fields = [(kind.field(at).name, value[at]) for at in range(min(kind.num_fields, MOST_INSIDE))]
        return "{" + ", ".join(f"{name}: {_shown(pa, one, depth)}" for name, one in fields) + "}"
    more = ", …" if len(value.values) > MOST_INSIDE else ""
    return "[" + ", ".join(str(_shown(pa, one, depth)) for one in value.values[:MOST_INSIDE]) + more + "]"


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def _is_number(pa: Any, kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
