"""What says, after a crash of the server, how a step ended: the last thing that is written into its folder."""

from __future__ import annotations

import contextlib
import json
import os

NAME = "ended.json"


def write(folder: str, code: int, why: str = "") -> None:
    """`code` is its exit code, or minus a signal's number; `why` says who ended it, if it was not itself."""
    path = os.path.join(folder, NAME)
    with contextlib.suppress(OSError):  # a full disk, or a folder that is gone: then nobody knows
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump({"code": code, "why": why}, file)
        os.replace(f"{path}.new", path)


def exists(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, NAME))
