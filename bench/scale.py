"""Whether we scale: the same searches among ever more runs, the same series in an ever bigger store.

The rows are written by `stock`, straight into the database, since no client could log so many in minutes.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path

from bench import databases, peers, stock
from bench.client import API, Tracking, median_ms, now_ms, run_id
from bench.databases import Store
from bench.servers import running

SECONDS = 2.0
POINTS = (2 * 10**6, 10**7, 10**8)
METRICS = 5_000
CHART_POINTS = 1_000_000
_BY_METRIC = ["metrics.m1 DESC"]
_SEARCHES: Mapping[str, Mapping[str, object]] = {
    "newest 100": {},
    "oldest 100": {"order_by": ["attributes.start_time ASC"]},
    "100 best by a metric": {"order_by": _BY_METRIC},
    "`metrics.m2 > 0.9 and params.p2 = 'v5'`, best by another metric": {
        "filter": "metrics.m2 > 0.9 and params.p2 = 'v5'",
        "order_by": _BY_METRIC,
    },
    "`metrics.m2 > 0.9999`, best by another metric": {"filter": "metrics.m2 > 0.9999", "order_by": _BY_METRIC},
    "`params.p2 = 'v5'`, newest": {"filter": "params.p2 = 'v5'"},
    "`params.p2 = 'none'`: no run has it": {"filter": "params.p2 = 'none'"},
    "100 first by a param": {"order_by": ["params.p1 ASC"]},
}


def report(database: str, directory: Path, sizes: Sequence[int]) -> str:
    """Three tables, as Markdown."""
    return "\n\n".join(
        [
            _searches(database, directory, sizes),
            _series(databases.store(database), directory / "points"),
            _extremes(databases.store(database), directory / "extremes"),
        ]
    )


def _searches(database: str, directory: Path, sizes: Sequence[int]) -> str:
    columns = [_searched(databases.store(database), directory / f"runs-{size}", size) for size in sizes]
    lines = [
        f"| search, ms | {' | '.join(f'{size:,} runs' for size in sizes)} |",
        f"| --- | {' | '.join(['---:'] * len(sizes))} |",
    ]
    lines += [f"| {name} | {' | '.join(f'{column[name]:,.3g}' for column in columns)} |" for name in _SEARCHES]
    return "\n".join(lines)


def _searched(store: Store, directory: Path, size: int) -> Mapping[str, float]:
    server = peers.server(peers.OURS, store, directory)
    with running(server, directory, store.pids) as up:
        experiment = Tracking(up).experiment
    _timed(f"{size:,} runs", lambda: stock.runs(stock.url(store, directory), experiment, size))
    with running(server, directory, store.pids) as up:
        tracking = Tracking(up, experiment)

        def took(query: Mapping[str, object]) -> float:
            asked = {"experiment_ids": [experiment], "max_results": 100, **query}
            return median_ms(lambda: tracking.call(tracking.post("runs/search", asked)), SECONDS)

        return {name: took(query) for name, query in _SEARCHES.items()}


def _series(store: Store, directory: Path) -> str:
    """The points of one series, read whole, in a store that grows beside it."""
    server = peers.server(peers.OURS, store, directory)
    lines = [
        "| points in the store | bytes a point | read 100,000 points of one series, ms | log 1,000 points more, ms |",
        "| ---: | ---: | ---: | ---: |",
    ]
    with running(server, directory, store.pids) as up:
        experiment = Tracking(up).experiment
    total = 0
    for wanted in POINTS:
        add = partial(stock.points, stock.url(store, directory), experiment, wanted - total, "loss")
        _timed(f"{wanted:,} points", add)
        total = wanted
        size = store.bytes_in_use(directory) / total
        with running(server, directory, store.pids) as up:
            read, logged = _beside_others(Tracking(up, experiment))
        lines.append(f"| {total:,} | {size:.2f} | {read:,.3g} | {logged:,.3g} |")
    return "\n".join(lines)


def _beside_others(tracking: Tracking) -> tuple[float, float]:
    query = {"experiment_ids": [tracking.experiment], "max_results": 500, "order_by": ["attributes.start_time ASC"]}
    found = json.loads(tracking.call(tracking.post("runs/search", query)))["runs"]
    ids = [one["info"]["run_id"] for one in found]
    others = cycle(ids)  # another run each time: the last ones read are kept for a moment
    read = median_ms(lambda: _history(tracking, next(others)), SECONDS)
    return read, median_ms(lambda: tracking.call(tracking.post("runs/log-batch", _batch(ids[0]))), SECONDS)


def _history(tracking: Tracking, run: str) -> None:
    token, got = "", 0
    while True:
        paging = f"&page_token={token}" if token else ""
        path = f"{API}/metrics/get-history?run_id={run}&metric_key=loss&max_results=25000{paging}"
        page = json.loads(tracking.call(tracking.get(path)))
        got += len(page["metrics"])
        token = page.get("next_page_token", "")
        if not token:
            break
    if got < stock.POINTS_A_SERIES:
        raise RuntimeError(f"{got} points came back")


def _batch(run: str) -> dict[str, object]:
    now = now_ms()
    return {
        "run_id": run,
        "metrics": [{"key": "more", "value": 0.5, "timestamp": now + at, "step": at} for at in range(1000)],
    }


def _extremes(store: Store, directory: Path) -> str:
    """One run with thousands of metrics, and one series with a million points."""
    with running(peers.server(peers.OURS, store, directory), directory, store.pids) as up:
        tracking = Tracking(up)
        wide, long = [run_id(tracking.call(tracking.new_run())) for _ in range(2)]
        for first in range(0, METRICS, 1000):
            keys = [f"layer_{at}/norm" for at in range(first, first + 1000)]
            metrics = [{"key": key, "value": at / 7, "timestamp": now_ms(), "step": at} for at, key in enumerate(keys)]
            tracking.call(tracking.post("runs/log-batch", {"run_id": wide, "metrics": metrics}))
        for first in range(0, CHART_POINTS, 1000):
            points = [
                {"key": "loss", "value": 1 / (1 + at % 997), "timestamp": 1_700_000_000_000 + 10 * at, "step": at}
                for at in range(first, first + 1000)
            ]
            tracking.call(tracking.post("runs/log-batch", {"run_id": long, "metrics": points}))
        path = f"/api/v1/runs/{long}/metrics/loss/buckets?buckets=1000"
        lines = ["| one request | ms | again, ms | bytes of the answer |", "| --- | ---: | ---: | ---: |"]
        for what, request in (
            (f"a run with {METRICS:,} metrics", tracking.get(f"runs/get?run_id={wide}")),
            (f"{CHART_POINTS:,} points as 1,000 buckets", tracking.get(path)),
        ):
            begun = time.perf_counter()
            answer = tracking.call(request)
            first_ms = (time.perf_counter() - begun) * 1000
            again = median_ms(lambda request=request: tracking.call(request), SECONDS)  # type: ignore[misc]
            lines.append(f"| {what} | {first_ms:,.3g} | {again:,.3g} | {len(answer):,} |")
    return "\n".join(lines)


def _timed(what: str, work: Callable[[], None]) -> None:
    begun = time.perf_counter()
    work()
    print(f"{what}: filled in {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
