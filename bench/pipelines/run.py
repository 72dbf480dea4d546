"""`make bench-pipelines`: steps that do nothing, on us and on our peers, in turns, and a Markdown table of the ratios.

All of them run each step in a process of its own. Two lengths are run; the difference, divided by the steps that it is
made of, is what one step costs, and what a start costs is left out. `--quick` runs one short round and only prints.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import report
from bench.pipelines.runners import OURS, RUNNERS, US, Runner
from bench.servers import Running, Server, running

SHAPES = ("chain", "fan")
SERVER = Server(
    OURS,
    [sys.executable, "-m", "modelyard", "up", "--port", "{port}", "--grpc-port", "0", "--data-dir", "data"],
)
Measured = dict[tuple[str, str], list[float]]


def main() -> None:
    chosen = _chosen()
    measured: Measured = defaultdict(list)
    labels = []
    for round_ in range(chosen.rounds):
        for name in chosen.runners.split(","):
            with _up(name) as up:
                runner = US if name == OURS else RUNNERS[name]
                labels.append(runner.label)
                print(f"round {round_ + 1}: {runner.label}", file=sys.stderr, flush=True)
                _measure(runner, up, measured, chosen)
    text = f"{_heading()}\n\n{_table(measured, list(dict.fromkeys(labels)))}"
    print(text)
    if not chosen.no_write:
        report.write("pipelines", text)


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round, printed only")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runners", default=",".join([*RUNNERS, OURS]), help="whom to measure")
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--no-write", action="store_true", help="print only")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.no_write = 1, True
    return chosen


@contextmanager
def _up(name: str) -> Iterator[Running | None]:
    """Our server; the peers have none. All have run a pipeline before, so that what is compiled is compiled."""
    if name != OURS:
        RUNNERS[name].run("chain", RUNNERS[name].steps[0])
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, running(SERVER, Path(directory)) as up:
        US.run("chain", 2, up)
        yield up


def _measure(runner: Runner, up: Running | None, measured: Measured, chosen: argparse.Namespace) -> None:
    few, many = runner.steps
    if chosen.quick:
        many = few + max(2, (many - few) // 5)
    for shape in chosen.shapes.split(","):
        # Metaflow's fan has three steps around its middle; the fewest that all can run.
        small, large = (max(few, 4), max(many, 6)) if shape == "fan" else (few, many)
        first, second = runner.run(shape, small, up), runner.run(shape, large, up)
        each = 1000 / (large - small)
        wall, cpu = (second.wall - first.wall) * each, (second.cpu - first.cpu) * each
        print(f"  {shape}: {wall:,.1f} ms, {cpu:,.1f} ms of CPU", file=sys.stderr, flush=True)
        measured[f"{shape}: wall of a step, ms", runner.label].append(wall)
        measured[f"{shape}: CPU of a step, ms", runner.label].append(cpu)


def _heading() -> str:
    packages = ", ".join(
        sorted({package for runner in RUNNERS.values() for package in runner.packages if "==" in package})
    )
    command = f"make bench-pipelines BENCH_FLAGS='{' '.join(sys.argv[1:])}'" if sys.argv[1:] else "make bench-pipelines"
    machine = f"{os.cpu_count()} cores; Python {platform.python_version()}; medians"
    return f"`{command}`, {datetime.now(UTC):%Y-%m-%d}. modelyard {version('modelyard')}; {packages}. {machine}."


def _table(measured: Measured, labels: Sequence[str]) -> str:
    theirs = [label for label in labels if label != OURS] if OURS in labels else []
    heads = ["", *labels, *(f"against {label}" for label in theirs)]
    lines = [f"| {' | '.join(heads)} |", f"| --- |{' ---: |' * (len(heads) - 1)}"]
    for workload in dict.fromkeys(workload for workload, _ in measured):
        cells = {label: statistics.median(measured[workload, label]) for label in labels}
        ratios = [f"{cells[label] / cells[OURS]:.3g}x" for label in theirs]
        lines.append(f"| {workload} | {' | '.join([*(f'{cells[label]:,.3g}' for label in labels), *ratios])} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
