import sys
import time
from types import TracebackType
from typing import Any, Self

SHOWN_AFTER = 1.0
"""Seconds: what is quicker needs no bar."""


class Bar:
    """How far something long has come, on a terminal; silent elsewhere, and as long as it may be over at once."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._shown = sys.stderr.isatty() and not quiet
        self._since = time.monotonic()
        self._bar: Any = None  # rich is loaded only when there is something to show

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, what: str, share: float) -> None:
        """`share` goes from 0 to 1."""
        if not self._shown or time.monotonic() - self._since < SHOWN_AFTER:
            return
        if self._bar is None:
            self._start()
        self._bar.update(self._bar.task_ids[0], description=what, completed=share)

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        text = TextColumn("{task.description}", markup=False)
        columns = (text, BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._bar.add_task("", total=1.0)
        self._bar.start()
