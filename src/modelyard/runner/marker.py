"""What says, after a crash of the server, how a step ended: the last thing that is written into its folder."""

from __future__ import annotations

import contextlib
import json
import os
import select

NAME = "ended.json"


def write(folder: str, code: int, why: str = "", to_server: int = 1) -> None:
    """`code` is its exit code, or minus a signal's number; `why` says who ended it, if it was not itself.

    Whether it was `alone` is told by `to_server`, a pipe or socket whose other end only the server holds.
    """
    path = os.path.join(folder, NAME)
    with contextlib.suppress(OSError):  # a full disk, or a folder that is gone: then nobody knows
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump({"code": code, "why": why, "alone": _alone(to_server)}, file)
        os.replace(f"{path}.new", path)


def _alone(to_server: int) -> bool:
    poll = select.poll()
    poll.register(to_server, 0)
    return bool(poll.poll(0))  # what is told although nothing was asked for: the other end is closed


def exists(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, NAME))
