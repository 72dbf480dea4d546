"""What commands print: tables for people, JSON for scripts, errors for both."""

import shutil
import sys
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

import msgspec


def json(value: object) -> None:
    """`value` is anything msgspec can encode."""
    encoded = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2)
    sys.stdout.write(f"{encoded.decode()}\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """A table, or the sentence `empty` when there is nothing to show."""
    from rich.markup import escape
    from rich.table import Table

    if not rows:
        line(empty)
        return
    grid = Table(*(escape(column) for column in columns), box=None, pad_edge=False, header_style="bold")
    for row in rows:
        grid.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    show(grid)


def facts(pairs: Sequence[tuple[str, object]]) -> None:
    """A line for each of them that is known."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        if value not in (None, ""):
            line(f"  {name:<{width}}  {value}")


def line(text: str) -> None:
    """A line for people, as it is."""
    sys.stdout.write(f"{text}\n")


def fail(message: str) -> None:
    """The one line that says what went wrong and what to do."""
    start = "\x1b[1;31mError:\x1b[0m" if sys.stderr.isatty() else "Error:"
    sys.stderr.write(f"{start} {message}\n")


def show(renderable: object) -> None:
    """Anything that rich draws."""
    from rich.console import Console

    console = Console(soft_wrap=False)
    # Without a terminal nothing needs to fit on one: a pipe gets whole cells.
    console = console if console.is_terminal else Console(width=1000)
    console.print(renderable)


def note(text: str) -> None:
    """A line beside the result, so not on the standard output."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def value(given: object) -> None:
    """One prediction: a bare text or number as it is, anything else as JSON on a line."""
    line(given if isinstance(given, str) else msgspec.json.encode(given).decode())


def pieces(given: Iterable[object], *, as_lines: bool) -> None:
    """One answer as it comes, as lines of JSON; or for people, whose texts go on where the last one ended."""
    within = False
    for piece in given:
        within = isinstance(piece, str) and not as_lines
        sys.stdout.write(str(piece) if within else f"{msgspec.json.encode(piece).decode()}\n")
        sys.stdout.flush()
    if within:
        line("")


class Status:
    """What is going on at the moment: one line that changes on a terminal, a line for each change elsewhere."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def say(self, text: str) -> None:
        """`text` is shown up to its first line's end."""
        first = text.splitlines()[0] if text else ""
        if sys.stderr.isatty():
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r\x1b[K{first[:width]}")
            sys.stderr.flush()
        else:
            note(first)
