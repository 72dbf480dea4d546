"""A scoring script that does what it is asked to; it is imported once, because it has `predict`."""

import os
import resource
import socket
import stat
import sys
import time
from pathlib import Path
from typing import Any

LOADED: list[str] = []


def load(path: str) -> str:
    LOADED.append(path)
    return Path(path, "weight").read_text()


def predict(model: str, args: dict[str, Any]) -> Any:
    do = args["do"]
    if do == "print":
        print("It takes", model, "seconds.")
        return None
    if do == "raise":
        raise RuntimeError("thirteen is not scored")
    if do == "exit":
        print("Done.")
        sys.exit(args["code"])
    if do == "die":
        os._exit(9)
    while do == "hang":
        time.sleep(0.01)
    if do == "allocate":
        return len(bytearray(args["bytes"]))
    if do == "look":
        return around()
    if do == "network":
        return {
            "place": str(Path("/proc/self/ns/net").readlink()),
            "names": [name for _, name in socket.if_nameindex()],
        }
    if do == "spy":
        return {place: seen_of(Path(f"/proc/{args['pid']}/{place}")) for place in ("environ", "maps", "mem", "cwd")}
    return {"model": model, "loaded": len(LOADED), "pid": os.getpid(), "args": args}


def around() -> dict[str, Any]:
    """What code of a model finds where it runs."""
    limits = ("RLIMIT_CORE", "RLIMIT_DATA", "RLIMIT_NOFILE")
    status = Path("/proc/self/status").read_text()
    return {
        "variables": dict(os.environ),
        "initial": Path("/proc/self/environ").read_text().split("\0"),
        "files": [opened(int(one.name)) for one in Path("/proc/self/fd").iterdir()],
        "folder": str(Path.cwd()),
        "temporary": os.environ["TMPDIR"],
        "temporary mode": stat.filemode(Path(os.environ["TMPDIR"]).stat().st_mode),
        "limits": {name: resource.getrlimit(getattr(resource, name)) for name in limits},
        "no new privileges": "NoNewPrivs:\t1" in status,
        "session": os.getsid(0) == os.getpid(),
        "umask": os.umask(0o077),
    }


def seen_of(place: Path) -> str:
    """What it says of another process, in the characters of Latin 1."""
    try:
        return str(place.readlink()) if place.is_symlink() else place.read_bytes().decode("latin-1")
    except OSError as error:
        return type(error).__name__


def opened(number: int) -> str:
    """What a descriptor leads to; a socket's family, as its name says nothing."""
    try:
        target = str(Path(f"/proc/self/fd/{number}").readlink())
    except OSError:
        return "closed"
    if not target.startswith("socket:"):
        return target
    with socket.socket(fileno=os.dup(number)) as found:
        return found.family.name
