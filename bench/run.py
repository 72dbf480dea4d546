"""`make bench`: us and our peers on the same work, in turns, and a Markdown table of the ratios.

`--quick` takes two minutes; without it every workload runs longer and several times. Absolute figures say more about
the machine than about the servers; the ratio of medians is what to read.
"""

import argparse
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from bench import peers
from bench.servers import Running, running
from bench.tracking import Figure, Tracking

Measured = Mapping[tuple[str, str], Sequence[Figure]]
ENVIRONMENTS = Path(".cache/bench")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each workload")
    parser.add_argument("--runs", type=int, default=2000, help="runs that are searched")
    parser.add_argument("--points", type=int, default=100_000, help="points of the series that is read")
    parser.add_argument("--peers", default=f"{peers.MLFLOW},{peers.FASTTRACKML}", help="whom to compare with")
    parser.add_argument("--output", type=Path, help="write the table to this file too")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.seconds, chosen.runs, chosen.points = 1, 1.5, 300, 20_000
    names = chosen.peers.split(",")
    servers = [*(peers.peer(name, ENVIRONMENTS.absolute()) for name in names), peers.US]
    measured: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        for round_ in range(chosen.rounds):
            for server in servers:
                print(f"round {round_ + 1}: {server.label}", file=sys.stderr, flush=True)
                with running(server, Path(directory) / f"{server.label}-{round_}") as up:
                    for figure in _figures(up, chosen):
                        measured[figure.workload, server.label].append(figure)
    table = _table(measured, names)
    print(table)
    if chosen.output:
        chosen.output.write_text(table, "utf-8")


def _figures(up: Running, chosen: argparse.Namespace) -> Iterable[Figure]:
    yield Figure("cold start to ready, empty store", "s", up.seconds_to_ready, "lower")
    yield Figure("memory, idle", "MiB", up.memory_mib(), "lower")
    yield from Tracking(up, chosen.seconds).figures(chosen.runs, chosen.points)
    yield Figure("memory, after the load", "MiB", up.memory_mib(), "lower")


def _table(measured: Measured, names: Sequence[str]) -> str:
    known = {peers.MLFLOW: f"mlflow {version('mlflow')} (1 worker, SQLite with rollback journal, synchronous=FULL)"}
    known[peers.FASTTRACKML] = f"fasttrackml {peers.FASTTRACKML_VERSION} (SQLite, no fsync)"
    heads = [*names, peers.US.label, *(f"against {name}" for name in names)]
    lines = [
        f"modelyard {version('modelyard')} (SQLite, WAL, synchronous=FULL) beside "
        + " and ".join(known[name] for name in names),
        f"on {os.cpu_count()} cores; Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; medians.",
        "",
        f"| workload | unit | {' | '.join(heads)} |",
        f"| --- | --- | {' | '.join(['---:'] * len(heads))} |",
    ]
    lines += [_line(workload, measured, names) for workload in dict.fromkeys(workload for workload, _ in measured)]
    return "\n".join(lines) + "\n"


def _line(workload: str, measured: Measured, names: Sequence[str]) -> str:
    ours = measured[workload, peers.US.label]
    mine = _median(ours)
    theirs = [_median(measured[workload, name]) for name in names]
    ratios = [mine / value if ours[0].better == "higher" else value / mine for value in theirs]
    cells = [*(f"{value:,.4g}" for value in (*theirs, mine)), *(f"{ratio:,.1f}x" for ratio in ratios)]
    return f"| {workload} | {ours[0].unit} | {' | '.join(cells)} |"


def _median(figures: Sequence[Figure]) -> float:
    return statistics.median(figure.value for figure in figures)


if __name__ == "__main__":
    main()
