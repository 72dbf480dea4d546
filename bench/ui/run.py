"""`make bench-ui`: the same experiment opened in MLflow's web interface and in ours, in turns, and a Markdown table.

MLflow's store is filled in bulk through its own tables, ours by `modelyard import` of that; both are kept for the next
time. Each look is a browser without a cache. `--quick` opens 10,000 runs once and only prints; without it there are
100,000 runs, three rounds, and the table is written into docs/explanation/speed.md.
"""

import argparse
import os
import platform
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version

from playwright.sync_api import Browser

from bench import databases, peers, report
from bench.report import Measured
from bench.servers import Running, running
from bench.ui import budgets, stores, visit
from bench.ui.sites import SITES
from bench.ui.visit import Look
from tests.support.browser import chromium, opened

ROW = 1_000


def main() -> None:
    chosen = _chosen()
    look = Look(chosen.runs, min(ROW, chosen.runs), chosen.idle, chosen.patience)
    executable = chromium()
    if executable is None:
        raise SystemExit("There is no Chromium here: install it with the system's packages")
    directory = stores.filled(peers.ENVIRONMENTS, chosen.runs)
    measured = Measured()
    with ExitStack() as stack:
        servers = {name: databases.store(databases.SQLITE) for name in SITES}
        up = {
            name: stack.enter_context(
                running(peers.server(name, store, directory), directory, patience=chosen.patience)
            )
            for name, store in servers.items()
        }
        browser = stack.enter_context(opened(executable))
        for round_ in range(chosen.rounds):
            _measure(measured, browser, up, look, round_)
        text = f"{_heading(look, browser, chosen.rounds)}\n\n{measured.table([peers.MLFLOW])}"
    print(text)
    if not chosen.no_write:
        report.write("browser", text)


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="10,000 runs, one round, printed only")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--idle", type=float, default=60.0, help="seconds in which nothing is done")
    parser.add_argument("--patience", type=float, default=600.0, help="seconds after which a look is given up")
    parser.add_argument("--no-write", action="store_true", help="print only")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.runs, chosen.rounds, chosen.idle, chosen.no_write = 10_000, 1, 20.0, True
    return chosen


def _measure(measured: Measured, browser: Browser, up: dict[str, Running], look: Look, round_: int) -> None:
    for name, site in SITES.items():
        for what in (visit.table, visit.best, *([budgets.within] if name == peers.OURS else [])):
            print(f"round {round_ + 1}: {name}, {what.__name__}", file=sys.stderr, flush=True)
            for figure in what(browser, up[name], site, look):
                print(f"  {figure.workload}: {figure.value:,.3g} {figure.unit}", file=sys.stderr, flush=True)
                measured.add(name, [figure])


def _heading(look: Look, browser: Browser, rounds: int) -> str:
    command = f"make bench-ui BENCH_FLAGS='{' '.join(sys.argv[1:])}'" if sys.argv[1:] else "make bench-ui"
    versions = f"modelyard {version('modelyard')} beside mlflow {peers.VERSIONS[peers.MLFLOW]} (SQLite, 1 worker)"
    machine = f"Chromium {browser.version}, {os.cpu_count()} cores, Python {platform.python_version()}"
    times = "once" if rounds == 1 else f"medians of {rounds}"
    limit = f"A look is given up after {look.patience:,.0f} s, which then count."
    return f"`{command}`, {datetime.now(UTC):%Y-%m-%d}. {versions}, {look.runs:,} runs; {machine}; {times}. {limit}"


if __name__ == "__main__":
    main()
