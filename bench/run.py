"""`make bench`: us and our peers on the same work, in turns, and a Markdown table of the ratios.

`--quick` takes three minutes and only prints; without it every workload runs longer and several times, and the table is
written into docs/explanation/speed.md. Absolute figures say more about the machine than about the servers; the ratio
of medians is what to read. `--scale` measures how we ourselves fare with ever more runs and points.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from bench import databases, peers, reads, report, scale, sizes, writes
from bench.client import Tracking
from bench.databases import Store
from bench.figures import Figure, lower
from bench.report import Measured
from bench.servers import Running, running

SCALE = "scale"


def main() -> None:
    chosen = _chosen()
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        if chosen.scale:
            _tell(chosen, f"{SCALE} {chosen.database}", scale.report(chosen.database, Path(directory), chosen.sizes))
            return
        names = [name for name in chosen.peers.split(",") if name]
        stores = {name: databases.store(chosen.database) for name in [*names, peers.OURS]}
        measured = _measured(chosen, stores, Path(directory))
    command = f"make bench BENCH_FLAGS='{' '.join(sys.argv[1:])}'" if sys.argv[1:] else "make bench"
    heading = report.heading(names, stores[peers.OURS], command)
    _tell(chosen, chosen.database, f"{heading}\n\n{measured.table(names)}")


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round, printed only")
    parser.add_argument("--scale", action="store_true", help="us alone, with 10^4 to 10^6 runs and 10^8 points")
    parser.add_argument("--database", choices=(databases.SQLITE, databases.POSTGRESQL), default=databases.SQLITE)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each workload")
    parser.add_argument("--runs", type=int, default=10_000, help="runs that are searched")
    parser.add_argument("--points", type=int, default=100_000, help="points of the series that is read")
    parser.add_argument("--stored", type=int, default=100_000, help="points whose bytes are counted")
    parser.add_argument("--sizes", type=_numbers, default=[10**4, 10**5, 10**6], help="with --scale: numbers of runs")
    parser.add_argument("--peers", default=f"{peers.MLFLOW},{peers.FASTTRACKML}", help="whom to compare with")
    parser.add_argument("--no-write", action="store_true", help="print only")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.seconds, chosen.runs, chosen.points, chosen.no_write = 1, 1.5, 300, 20_000, True
    return chosen


def _numbers(text: str) -> list[int]:
    return [int(float(number)) for number in text.split(",")]


def _tell(chosen: argparse.Namespace, section: str, text: str) -> None:
    print(text)
    if not chosen.no_write:
        report.write(section, text)


def _measured(chosen: argparse.Namespace, stores: dict[str, Store], directory: Path) -> Measured:
    measured, names = Measured(), list(stores)
    for round_ in range(chosen.rounds):
        for name in names:
            with _up(name, stores[name], directory / f"{name}-writes-{round_}") as up:
                measured.add(name, _fresh(up))
                measured.add(name, writes.figures(Tracking(up), chosen.seconds))
                measured.add(name, [lower("memory, after the writes", "MiB", up.memory_mib())])
    filled = {}
    for name in names:
        with _up(name, stores[name], directory / f"{name}-reads") as up:
            tracking = Tracking(up)
            filled[name] = (tracking.experiment, reads.fill(tracking, chosen.runs, chosen.points))
    for _ in range(chosen.rounds):
        for name in names:
            experiment, run = filled[name]
            with _up(name, stores[name], directory / f"{name}-reads") as up:
                measured.add(name, [lower("cold start to ready, full store", "s", up.seconds_to_ready)])
                tracking = Tracking(up, experiment)
                measured.add(name, reads.figures(tracking, chosen.seconds, chosen.runs, chosen.points, run))
                measured.add(name, [lower("memory, after the reads", "MiB", up.memory_mib())])
    for name in names:
        measured.add(name, sizes.figures(name, stores[name], directory / f"{name}-sizes", chosen.stored))
    return measured


def _up(name: str, store: Store, directory: Path) -> AbstractContextManager[Running]:
    print(directory.name, file=sys.stderr, flush=True)
    return running(peers.server(name, store, directory), directory, store.pids)


def _fresh(up: Running) -> Sequence[Figure]:
    return [
        lower("cold start to ready, empty store", "s", up.seconds_to_ready),
        lower("memory, idle", "MiB", up.memory_mib()),
    ]


if __name__ == "__main__":
    main()
