"""Removing what strangers have made."""

import contextlib
import os
import shutil
from pathlib import Path


def remove_tree(path: Path) -> None:
    """A directory with all in it, also what is in directories that were made read-only. What cannot go stays."""
    shutil.rmtree(path, ignore_errors=True)
    if path.is_dir() and not path.is_symlink():
        _make_writable(path)
        shutil.rmtree(path, ignore_errors=True)


def _make_writable(path: Path) -> None:
    left = [str(path)]
    while left:
        folder = left.pop()
        with contextlib.suppress(OSError):
            os.chmod(folder, 0o700)  # noqa: PTH101
            with os.scandir(folder) as entries:
                left += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
