"""Directories at paths that the code of a step knows: seen by the step only, in a mount namespace of its own.

A path that the machine does not have cannot be made without being seen by all, and need not be: the step gets a root of
its own, which holds what is in the machine's, and besides that what was asked for.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import sys
from typing import NoReturn

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE, MS_RELATIME = 1, 1 << 5, 1 << 12, 1 << 14, 1 << 18, 1 << 21
ST_RELATIME = 1 << 12
LOCKED = 2 | 4 | 8 | 1024 | 2048  # no set-uid, devices, execution, access times: nobody but their owner may lift them
MNT_DETACH = 2
ROOT = ".root"
OLD = "/.machine"
PROBED = "/modelyard/probe"
_LIBC = ctypes.CDLL(None, use_errno=True)


def main(folder: str) -> NoReturn:
    """Tries it: exit code 0 where it works, else the reason is printed."""
    problem = ""
    try:
        show(folder, [(folder, PROBED, True)])
    except OSError as error:
        problem = error.strerror or str(error)
    if not problem and not os.path.isdir(PROBED):
        problem = "What was mounted cannot be seen"
    if problem:
        print(problem)
    sys.exit(1 if problem else 0)


def show(folder: str, wanted: list[tuple[str, str, bool]]) -> None:
    """From now on we see directories of the machine at other paths: source, path, and whether it is read only.

    `folder` is the step's own. Raises OSError where the machine does not allow it, or a path leads through a file.
    """
    places = [(os.path.realpath(source), os.path.realpath(path), read_only) for source, path, read_only in wanted]
    opened = _opened([path for _, path, _ in places])
    _leave()
    _move_into(os.path.join(folder, ROOT))
    _mirror("/", opened)
    for source, path, read_only in sorted(places, key=lambda place: place[1]):
        os.makedirs(path, exist_ok=True)
        _mount(OLD + source, path, MS_BIND | MS_REC)
        if read_only:
            _mount("none", path, MS_REMOUNT | MS_BIND | MS_RDONLY | _kept(path))
    _checked(_LIBC.umount2(OLD.encode(), MNT_DETACH), OLD)
    os.rmdir(OLD)


def _opened(paths: list[str]) -> set[str]:
    """The directories that get what they do not have, with all above them."""
    found = {"/"}
    for path in paths:
        at = path
        while not os.path.isdir(at):
            at = os.path.dirname(at)
        while at not in (path, "/"):
            found.add(at)
            at = os.path.dirname(at)
    return found


def _leave() -> None:
    """Into a mount namespace of our own; without the right to, into a user namespace that gives it to us."""
    uid, gid = os.geteuid(), os.getegid()
    if _LIBC.unshare(CLONE_NEWNS) != 0:
        _checked(_LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNS), "a namespace of its own")
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    _mount("none", "/", MS_REC | MS_PRIVATE)


def _move_into(root: str) -> None:
    """An empty directory becomes our root; the machine's is at `OLD` in it."""
    os.mkdir(root)
    _mount(root, root, MS_BIND)
    os.mkdir(root + OLD)
    _checked(_LIBC.pivot_root(root.encode(), (root + OLD).encode()), root)
    os.chdir("/")


def _mirror(path: str, opened: set[str]) -> None:
    """Shows in a directory of ours all that the machine has in it; what is written beside is ours alone."""
    with os.scandir(OLD + path) as entries:
        for entry in entries:
            own = os.path.join(path, entry.name)
            if own != OLD:
                with contextlib.suppress(FileNotFoundError):  # it is gone by now
                    _mirror_one(entry, own, opened)
    os.chmod(path, stat.S_IMODE(os.stat(OLD + path).st_mode))


def _mirror_one(entry: os.DirEntry[str], own: str, opened: set[str]) -> None:
    if entry.is_symlink():
        os.symlink(os.readlink(entry.path), own)
    elif entry.is_dir():
        os.mkdir(own)
        if own in opened:
            _mirror(own, opened)
        else:
            _mount(entry.path, own, MS_BIND | MS_REC)
    else:
        os.close(os.open(own, os.O_CREAT | os.O_WRONLY))
        _mount(entry.path, own, MS_BIND)


def _kept(path: str) -> int:
    flags = os.statvfs(path).f_flag
    return flags & LOCKED | (MS_RELATIME if flags & ST_RELATIME else 0)


def _mount(source: str, path: str, flags: int) -> None:
    _checked(_LIBC.mount(os.fsencode(source), os.fsencode(path), None, ctypes.c_ulong(flags), None), path)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
