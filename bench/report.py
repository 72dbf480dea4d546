"""Figures as a Markdown table, and where in the documentation it belongs."""

import os
import platform
import sqlite3
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import peers
from bench.databases import Store
from bench.figures import Figure

PAGE = Path("docs/explanation/speed.md")


class Measured:
    """All figures of a run, by workload and server."""

    def __init__(self) -> None:
        self._figures: dict[tuple[str, str], list[Figure]] = defaultdict(list)

    def add(self, name: str, figures: Iterable[Figure]) -> None:
        for figure in figures:
            self._figures[figure.workload, name].append(figure)

    def table(self, names: Sequence[str]) -> str:
        """Medians, and how many times better ours is."""
        heads = [*names, peers.OURS, *(f"against {name}" for name in names)]
        lines = [f"| workload | unit | {' | '.join(heads)} |", f"| --- | --- | {' | '.join(['---:'] * len(heads))} |"]
        lines += [self._line(workload, names) for workload in dict.fromkeys(workload for workload, _ in self._figures)]
        return "\n".join(lines)

    def _line(self, workload: str, names: Sequence[str]) -> str:
        ours = self._figures[workload, peers.OURS]
        mine = statistics.median(figure.value for figure in ours)
        cells: list[str] = []
        ratios: list[str] = []
        for name in names:
            theirs = self._figures.get((workload, name))
            if not theirs:
                cells.append("-")
                ratios.append("-")
                continue
            value = statistics.median(figure.value for figure in theirs)
            cells.append(_shown(value))
            good, bad = (mine, value) if ours[0].better == "higher" else (value, mine)
            ratios.append(_shown(good / bad) + "x" if bad else "-")
        return f"| {workload} | {ours[0].unit} | {' | '.join([*cells, _shown(mine), *ratios])} |"


def heading(names: Sequence[str], store: Store, command: str) -> str:
    """What was compared, by which command, on what."""
    beside = " and ".join(f"{name} {peers.VERSIONS[name]} {peers.said_of(name, store)}" for name in names)
    ours = f"modelyard {version('modelyard')} {peers.said_of(peers.OURS, store)}"
    machine = f"{os.cpu_count()} cores; Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; medians."
    return f"`{command}`, {datetime.now(UTC):%Y-%m-%d}. {ours} beside {beside}. {machine}"


def write(section: str, text: str, page: Path = PAGE) -> None:
    """Puts the text between the page's marks for the section."""
    begin, end = f"<!-- {section} -->", f"<!-- end of {section} -->"
    before, found, rest = page.read_text("utf-8").partition(begin)
    _, also_found, after = rest.partition(end)
    if not found or not also_found:
        raise SystemExit(f"{page} has no marks {begin} and {end}")
    page.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}", "utf-8")


def _shown(value: float) -> str:
    """Three digits that mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
