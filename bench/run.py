"""`make bench`: us and `mlflow server` on the same work, in turns, and a Markdown table of the ratios.

`--quick` takes a minute; without it every workload runs longer and several times. Absolute figures say more about the
machine than about the servers; the ratio of medians is what to read.
"""

import argparse
import platform
import sqlite3
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from bench.servers import Running, Server, running
from bench.tracking import Figure, Tracking

BIN = Path(sys.executable).parent
US = Server("modelyard", [str(BIN / "modelyard"), "up", "--port", "{port}", "--data-dir", "{dir}/data"])
MLFLOW = Server(
    "mlflow",
    [
        *(str(BIN / "mlflow"), "server", "--workers", "1", "--host", "127.0.0.1", "--port", "{port}"),
        *("--backend-store-uri", "sqlite:///{dir}/mlflow.db", "--artifacts-destination", "{dir}/artifacts"),
    ],
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each workload")
    parser.add_argument("--runs", type=int, default=2000, help="runs that are searched")
    parser.add_argument("--points", type=int, default=100_000, help="points of the series that is read")
    parser.add_argument("--output", type=Path, help="write the table to this file too")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.seconds, chosen.runs, chosen.points = 1, 1.5, 300, 20_000
    measured: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        for round_ in range(chosen.rounds):
            for server in (MLFLOW, US):
                print(f"round {round_ + 1}: {server.label}", file=sys.stderr, flush=True)
                with running(server, Path(directory) / f"{server.label}-{round_}") as up:
                    for figure in _figures(up, chosen):
                        measured[figure.workload, server.label].append(figure)
    table = _table(measured)
    print(table)
    if chosen.output:
        chosen.output.write_text(table, "utf-8")


def _figures(up: Running, chosen: argparse.Namespace) -> Iterable[Figure]:
    yield Figure("cold start to ready, empty store", "s", up.seconds_to_ready, "lower")
    yield Figure("memory, idle", "MiB", up.memory_mib(), "lower")
    yield from Tracking(up.url, chosen.seconds).figures(chosen.runs, chosen.points)
    yield Figure("memory, after the load", "MiB", up.memory_mib(), "lower")


def _table(measured: dict[tuple[str, str], list[Figure]]) -> str:
    title = (
        f"mlflow {version('mlflow')} (1 worker, SQLite) against modelyard {version('modelyard')} (SQLite, FULL); "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; medians."
    )
    lines = [
        title,
        "",
        "| workload | unit | mlflow | modelyard | ratio |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for workload in dict.fromkeys(workload for workload, _ in measured):
        theirs, ours = measured[workload, MLFLOW.label], measured[workload, US.label]
        unit, better = ours[0].unit, ours[0].better
        before, after = (statistics.median(figure.value for figure in figures) for figures in (theirs, ours))
        ratio = after / before if better == "higher" else before / after
        lines.append(f"| {workload} | {unit} | {before:,.4g} | {after:,.4g} | {ratio:,.1f}x |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
