"""What looking at results does: searches, paging through all runs, and reading a series. Answers are not parsed."""

import random
import re
from collections.abc import Iterator

from bench.client import API, Tracking, median_ms, now_ms, run_id
from bench.figures import Figure, lower
from bench.load import Client

PAGE = 1000
_NEWEST = {"order_by": ["attribute.start_time DESC"], "max_results": 100}
_CHOSEN = {"filter": "metrics.m3 > 0.9 and params.p2 = 'v5'", "order_by": ["metric.m1 DESC"], "max_results": 100}
_TOKEN = re.compile(rb'"next_page_token": ?"([^"]+)"')


def fill(tracking: Tracking, runs: int, points: int) -> str:
    """Runs of ten params and ten metrics each, and one with a long series: its id."""
    left = list(range(runs))
    base = now_ms()

    def client() -> Client:
        while left:
            at = left.pop()
            rng = random.Random(at)
            run = run_id((yield tracking.new_run(start_time=base + at, run_name=f"run-{at}")))
            params = [{"key": f"p{key}", "value": f"v{rng.randrange(10)}"} for key in range(10)]
            metrics = [{"key": f"m{key}", "value": rng.random(), "timestamp": base, "step": 0} for key in range(10)]
            yield tracking.post("runs/log-batch", {"run_id": run, "params": params, "metrics": metrics})

    tracking.drive([client() for _ in range(8)])
    elsewhere = Tracking(tracking.server)  # so that the searches find runs of one kind
    run = run_id(elsewhere.call(elsewhere.new_run()))
    for first in range(0, points, PAGE):
        steps = range(first, min(points, first + PAGE))
        metrics = [{"key": "loss", "value": random.random(), "timestamp": base + at, "step": at} for at in steps]
        elsewhere.call(elsewhere.post("runs/log-batch", {"run_id": run, "metrics": metrics}))
    return run


def figures(tracking: Tracking, seconds: float, runs: int, points: int, run: str) -> Iterator[Figure]:
    yield lower(f"search: newest 100 of {runs:,} runs", "ms", _search(tracking, seconds, _NEWEST))
    yield lower(f"search: filter and order by metric, {runs:,} runs", "ms", _search(tracking, seconds, _CHOSEN))
    yield from _paging(tracking, seconds, runs)
    yield lower(f"read {points:,} points of one series", "ms", _history(tracking, seconds, points, run))


def _search(tracking: Tracking, seconds: float, query: dict[str, object]) -> float:
    request = tracking.post("runs/search", {"experiment_ids": [tracking.experiment], **query})
    return median_ms(lambda: tracking.call(request), seconds)


def _paging(tracking: Tracking, seconds: float, runs: int) -> Iterator[Figure]:
    pages = 0

    def all_of_them() -> None:
        nonlocal pages
        token, seen = b"", 0
        while seen < runs:  # FastTrackML gives out a token after the last page that it then refuses
            query = {"experiment_ids": [tracking.experiment], "max_results": PAGE, "page_token": token.decode()}
            answer = tracking.call(tracking.post("runs/search", query))
            seen += answer.count(b'"lifecycle_stage"')
            pages += 1
            found = _TOKEN.search(answer, max(0, len(answer) - 2000)) or _TOKEN.search(answer)
            token = found.group(1) if found else b""
            if not token and seen < runs:
                raise RuntimeError(f"{seen} of {runs} runs came back")

    before = tracking.server.cpu_seconds()
    yield lower(f"page through {runs:,} runs by {PAGE:,}", "ms", median_ms(all_of_them, seconds))
    spent = (tracking.server.cpu_seconds() - before) / pages
    yield lower("CPU of a page of 1,000 runs", "ms", spent * 1000 * PAGE / min(PAGE, runs))


def _history(tracking: Tracking, seconds: float, points: int, run: str) -> float:
    def read() -> None:
        token, got = "", 0
        while True:
            paging = f"&page_token={token}" if token else ""
            path = f"{API}/metrics/get-history?run_id={run}&metric_key=loss&max_results=25000{paging}"
            answer = tracking.call(tracking.get(path))
            got += answer.count(b'"timestamp"')
            found = _TOKEN.search(answer, max(0, len(answer) - 2000)) or _TOKEN.search(answer, 0, 2000)
            if found is None:
                break
            token = found.group(1).decode()
        if got != points:
            raise RuntimeError(f"{got} of {points} points came back")

    return median_ms(read, seconds)
