"""Rows of Parquet files, read by a process of their own; the files may be broken on purpose."""

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.tables import TablePage
from modelyard.executors.tables import TableReader
from tests.support.conditions import SECONDS

ROWS = 2500


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Three row groups with a column of every kind."""
    moment = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    columns: dict[str, Any] = {
        "number": pa.array(range(ROWS)),
        "share": pa.array([0.5, None, float("nan"), 1e300, -1.0] * (ROWS // 5)),
        "text": pa.array(["<script>alert(1)</script>" + "x" * 1000] * ROWS),
        "time": pa.array([moment] * ROWS, pa.timestamp("ns", tz="Europe/Berlin")),
        "list": pa.array([list(range(30))] * ROWS),
        "record": pa.array([{"a": 1, "b": [None]}] * ROWS),
        "bytes": pa.array([b"\xff\x00"] * ROWS),
        "word": pa.array(["u", "v"] * (ROWS // 2)).dictionary_encode(),
    }
    pq.write_table(pa.table(columns), tmp_path / "table.parquet", row_group_size=1000)
    return tmp_path / "table.parquet"


async def read(file: Path, offset: int = 0, limit: int = 10, **bounds: Any) -> TablePage:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        return await TableReader(os.environ, **{"seconds": SECONDS, **bounds}).read(descriptor, offset, limit)
    finally:
        os.close(descriptor)


async def test_values_of_every_kind_are_texts(table: Path) -> None:
    page = await read(table, 0, 2)
    assert (page.total_rows, page.total_columns) == (ROWS, 8)
    assert [one.name for one in page.columns if one.numeric] == ["number", "share"]
    shown = dict(zip([one.name for one in page.columns], page.rows[0], strict=True))
    assert shown.pop("text") == ("<script>alert(1)</script>" + "x" * 1000)[:500] + "…"
    assert str(shown.pop("time")).startswith("2024-01-01 ")
    assert shown == {
        "number": "0",
        "share": "0.5",
        "list": "[" + ", ".join(map(str, range(20))) + ", …]",
        "record": "{a: 1, b: [None]}",
        "bytes": "2 bytes",
        "word": "u",
    }
    assert page.rows[1][1] is None


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(0, range(3)), (999, range(999, 1002)), (2000, range(2000, 2003)), (2498, range(2498, 2500)), (9999, [])],
)
async def test_a_page_begins_anywhere(table: Path, offset: int, expected: Sequence[int]) -> None:
    page = await read(table, offset, 3)
    assert [row[0] for row in page.rows] == [str(one) for one in expected]
    assert len(page.columns) == 8


async def test_of_very_many_columns_the_first_are_shown(tmp_path: Path) -> None:
    pq.write_table(pa.table({f"c{at}": [at] for at in range(300)}), tmp_path / "wide")
    page = await read(tmp_path / "wide")
    assert (len(page.columns), page.total_columns, len(page.rows[0])) == (100, 300, 100)


@pytest.fixture(params=["empty", "text", "cut", "gap", "footer"])
def broken(request: pytest.FixtureRequest, table: Path) -> Path:
    whole = table.read_bytes()
    half = len(whole) // 2
    contents = {
        "empty": b"",
        "text": b"a,b\n1,2\n",
        "cut": whole[:half],
        "gap": whole[:100] + bytes(half) + whole[100 + half :],
        "footer": whole[:-8] + b"\xff\xff\xff\x7fPAR1",
    }
    table.write_bytes(contents[request.param])
    return table


async def test_a_file_that_is_broken_is_refused_in_words(broken: Path) -> None:
    with pytest.raises(InvalidInput, match="The table cannot be shown"):
        await read(broken)


async def test_what_unpacks_to_more_than_a_preview_may_hold_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb"
    pq.write_table(pa.table({"a": ["y" * (192 << 20)]}), bomb, compression="zstd", use_dictionary=False)
    assert bomb.stat().st_size < 1 << 20
    with pytest.raises(InvalidInput, match="memory"):
        await read(bomb, memory=256 << 20)


async def test_what_takes_too_long_is_stopped(table: Path) -> None:
    with pytest.raises(InvalidInput, match="stopped after 0 s"):
        await read(table, seconds=0.0)
