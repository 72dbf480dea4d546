"""The server's side of a zygote, with a test as the other."""

import asyncio
import json
import os
import socket
import subprocess
from pathlib import Path
from typing import cast

from modelyard.executors.logs import CappedLog
from modelyard.executors.processes import Process
from modelyard.executors.zygotes import ORPHANED, Zygote

SECONDS = 180.0


def born(zygote: socket.socket, child: int) -> None:
    """Answers one order."""
    order, descriptors, _, _ = socket.recv_fds(zygote, 4096, 3)
    handle = os.pidfd_open(child)
    told = {"number": json.loads(order)["number"], "born": child}
    socket.send_fds(zygote, [json.dumps(told).encode()], [handle])
    for descriptor in (*descriptors, handle):
        os.close(descriptor)


async def test_a_fork_may_have_ended_before_anybody_has_heard_of_its_birth(tmp_path: Path) -> None:
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    zygote = Zygote(cast("Process", None), ours)
    with its, subprocess.Popen(["true"]) as child:  # noqa: ASYNC220 - ends by itself
        forking = asyncio.create_task(zygote.fork({}, CappedLog(tmp_path / "log")))
        await asyncio.sleep(0)  # the order is sent
        born(its, child.pid)
        its.send(json.dumps({"died": child.pid, "code": 4, "why": "memory"}).encode())
        async with asyncio.timeout(SECONDS):
            fork = await forking
            assert fork is not None
            assert (await fork.wait(), fork.why) == (4, "memory")
            assert zygote.idle
    zygote.end()


async def test_what_a_dead_zygote_has_forked_is_seen_to_end(tmp_path: Path) -> None:
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    zygote = Zygote(cast("Process", None), ours)
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, start_new_session=True) as child:  # noqa: ASYNC220
        with its:
            forking = asyncio.create_task(zygote.fork({}, CappedLog(tmp_path / "log")))
            await asyncio.sleep(0)
            born(its, child.pid)
            fork = await forking
        assert fork is not None
        assert fork.exit_code is None
        child.kill()
        async with asyncio.timeout(SECONDS):
            await fork.wait()
        assert fork.why == ORPHANED
        assert not fork.tell({"signal": 9})
        assert await zygote.fork({}, CappedLog(tmp_path / "log")) is None
