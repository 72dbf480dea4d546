"""A program that fills a disk: python -m tests.support.full_disk ROOT.

On a file system of 2 MB where the machine lets us mount one that only this process sees, else under the system's limit
on the size of files; both refuse bytes for want of room.
"""

import asyncio
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

from modelyard.domain.errors import StorageFull
from modelyard.storage.blobs import Blobs, open_blobs
from tests.support.streams import pieces, repeated, whole

_NEW_NAMESPACE, _PRIVATE = 0x00020000, 0x40000 | 0x4000


def make_small(root: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    mounted = (
        libc.unshare(_NEW_NAMESPACE) == 0
        and libc.mount(None, b"/", None, _PRIVATE, None) == 0
        and libc.mount(b"tmpfs", os.fsencode(root), b"tmpfs", 0, b"size=2m") == 0
    )
    if not mounted:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    print("tmpfs" if mounted else "limit")


def files(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if path.is_file()}


async def fill(root: Path) -> None:
    blobs: Blobs = open_blobs(root)
    kept = await blobs.put(pieces(b"kept" * 1000))
    before = files(root)
    try:
        await blobs.put(repeated(os.urandom(65_536), 100))
    except StorageFull as error:
        print(error.message)
    else:
        raise SystemExit("6 MB went into less than that")
    assert files(root) == before
    assert await whole(await blobs.get(kept)) == b"kept" * 1000
    assert (await blobs.put(pieces(b"there is room for this"))).size == 22


if __name__ == "__main__":
    make_small(Path(sys.argv[1]))
    asyncio.run(fill(Path(sys.argv[1])))
