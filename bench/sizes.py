"""How much disk a point takes, indexes included, before and after whatever a server does about it by itself."""

import math
import random
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from bench import peers
from bench.client import Tracking, now_ms, run_id
from bench.databases import Store
from bench.figures import Figure, lower
from bench.servers import running

KEYS = 10
STEPS_A_BATCH = 100
SECONDS_TO_COMPACT = 20.0
"""We look every ten seconds for series worth merging."""


def figures(name: str, store: Store, directory: Path, points: int) -> Iterator[Figure]:
    empty, full = directory / "empty", directory / "full"
    with running(peers.server(name, store, empty), empty, store.pids):
        pass
    with running(peers.server(name, store, full), full, store.pids) as up:
        _log(Tracking(up), points)
    nothing = store.bytes_in_use(empty)
    used = (store.bytes_in_use(full) - nothing) / points
    yield lower("bytes of a stored point", "B", used)
    if name == peers.OURS:
        with running(peers.server(name, store, full), full, store.pids):
            time.sleep(SECONDS_TO_COMPACT)
        used = (store.bytes_in_use(full) - nothing) / points
    yield lower("bytes of a stored point, compacted", "B", used)


def _log(tracking: Tracking, points: int) -> None:
    """Ten losses of one run: falling, with noise, of single precision as models compute them, a point every 0.2 s."""
    run, chance, begun = run_id(tracking.call(tracking.new_run())), random.Random(5), now_ms()
    for first in range(0, points // KEYS, STEPS_A_BATCH):
        metrics = [
            {
                "key": f"loss_{key}",
                "value": _single(math.exp(-step / 3000) + chance.gauss(0, 0.01)),
                "timestamp": begun + step * 200 + chance.randrange(20),
                "step": step,
            }
            for step in range(first, first + STEPS_A_BATCH)
            for key in range(KEYS)
        ]
        tracking.call(tracking.post("runs/log-batch", {"run_id": run, "metrics": metrics}))


def _single(value: float) -> float:
    rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    return rounded
