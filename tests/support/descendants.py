"""The processes that a server has started."""

import subprocess
from collections.abc import Set as AbstractSet

from tests.support.server import RunningServer


def parents_below(server: RunningServer) -> dict[int, int]:
    """Every process below the server, and whose child it is."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in map(str.split, listed.splitlines())}
    below = {server.process.pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return {child: parents[child] for child in below - {server.process.pid}}


def replicas_of(server: RunningServer) -> AbstractSet[int]:
    """They are forked by a process that the server has started for that."""
    parents = parents_below(server)
    return {child for child, parent in parents.items() if parent != server.process.pid}
