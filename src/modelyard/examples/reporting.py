"""What a story tells while it runs, and how that looks on a terminal."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

Advance = Callable[[], None]
FIGURE = re.compile(r"^-?[\d.,]+ ?[%s]?$")


class Reporter(Protocol):
    """Whoever tells the story: a terminal, a log, nobody."""

    def step(self, title: str) -> None:
        """A new chapter begins."""

    def line(self, text: str) -> None:
        """One sentence inside the chapter."""

    def check(self, text: str, *, passed: bool) -> None:
        """The same about something that went well or did not."""

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Figures side by side; the first column names the row."""

    def progress(self, title: str, total: int) -> AbstractContextManager[Advance]:
        """Work of `total` equal parts: call what you get once after each."""


class RichReporter:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._steps = 0

    def step(self, title: str) -> None:
        self._steps += 1
        self._console.print(f"\n[bold cyan]{self._steps}[/] [bold]{escape(title)}[/]")

    def line(self, text: str) -> None:
        self._console.print(f"  {escape(text)}", highlight=False, soft_wrap=True)

    def check(self, text: str, *, passed: bool) -> None:
        mark = "[green]✓[/]" if passed else "[red]✗[/]"
        self._console.print(f"  {mark} {escape(text)}", highlight=False, soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(title=escape(title), title_justify="left", title_style="bold")
        for position, column in enumerate(columns):
            figures = all(FIGURE.match(row[position]) for row in rows)
            table.add_column(escape(column), justify="right" if figures else "left")
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        self._console.print(table)

    @contextmanager
    def progress(self, title: str, total: int) -> Iterator[Advance]:
        bar = Progress(
            TextColumn(" "),
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        with bar:
            task = bar.add_task(escape(title), total=total)
            yield lambda: bar.advance(task)
