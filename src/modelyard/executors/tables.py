"""Reading rows of Parquet files of strangers, in a process that may use little and lives for one answer."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from modelyard.domain.errors import InvalidInput, NotSupported
from modelyard.domain.tables import TableColumn, TablePage
from modelyard.executors.processes import child_environment

SECONDS = 30.0
MEMORY = 1 << 30
LARGEST_ANSWER = 16 << 20
AT_ONCE = 2
_SCRIPT = Path(__file__).with_name("table_page.py")
_LIMITS = {"OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
_TOO_MUCH = "The table cannot be shown: reading it takes more time or memory than a preview may; download the file"


class _Answer(msgspec.Struct):
    columns: list[TableColumn] = []
    rows: list[list[str | None]] = []
    total_rows: int = 0
    total_columns: int = 0
    error: str = ""
    missing: bool = False


class TableReader:
    """Reads as `ReadTable` says, within `memory` bytes. `base` is the server's environment: the process sees little."""

    def __init__(self, base: Mapping[str, str], memory: int = MEMORY, seconds: float = SECONDS) -> None:
        self._memory = memory
        self._seconds = seconds
        self._environment = child_environment(base, _LIMITS)
        self._places = asyncio.Semaphore(AT_ONCE)

    async def read(self, descriptor: int, offset: int, limit: int) -> TablePage:
        async with self._places:
            said, code = await self._run(descriptor, offset, limit)
        try:
            answer = msgspec.json.decode(said, type=_Answer)
        except msgspec.DecodeError:
            raise InvalidInput(f"{_TOO_MUCH} ({self._ending(code)})") from None
        if answer.missing:
            raise NotSupported("Parquet files are shown with pyarrow: pip install 'modelyard[export]'")
        if answer.error:
            raise InvalidInput(f"The table cannot be shown: {answer.error}")
        return TablePage(answer.columns, answer.rows, answer.total_rows, answer.total_columns)

    async def _run(self, descriptor: int, offset: int, limit: int) -> tuple[bytes, int | None]:
        """What it said, and how it ended: None when it took too long or said too much."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(_SCRIPT), str(offset), str(limit), str(self._memory)),
            stdin=descriptor,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=self._environment,
            cwd="/",
            start_new_session=True,
        )
        said = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                assert process.stdout is not None  # noqa: S101 - it was asked for
                while len(said) <= LARGEST_ANSWER and (piece := await process.stdout.read(1 << 16)):
                    said += piece
                if len(said) > LARGEST_ANSWER:
                    return b"", None
                return bytes(said), await process.wait()
        except TimeoutError:
            return b"", None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await asyncio.shield(process.wait())

    def _ending(self, code: int | None) -> str:
        if code is None:
            return f"stopped after {self._seconds:g} s"
        return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
