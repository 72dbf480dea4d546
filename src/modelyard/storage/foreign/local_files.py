"""Artifact folders on this machine."""

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from modelyard.domain.imports import ForeignFile, Unreadable
from modelyard.kit.paths import path_of_uri

PIECE = 1 << 20


def local_path(uri: str, base: Path) -> Path | None:
    """The folder that a path or `file:` URI names, relative ones from `base`; None for anything that is elsewhere."""
    parts = urlsplit(uri)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return base / unquote(parts.path)
    if parts.scheme or not uri:
        return None
    return base / uri


def below(location: str, base: Path, proxied: Path | None) -> Iterator[ForeignFile] | None:
    """What lies at an artifact URI; `proxied` is the folder that `mlflow-artifacts:` stands for, if it is known."""
    if urlsplit(location).scheme != "mlflow-artifacts":
        path = local_path(location, base)
        return None if path is None else walk(path)
    if proxied is None:
        return None
    try:
        return walk(proxied / path_of_uri(urlsplit(location).path.lstrip("/")))
    except ValueError as error:
        raise Unreadable(f"The artifact URI {location!r}: {error}") from None


def walk(root: Path) -> Iterator[ForeignFile]:
    """All regular files below a folder, by path; links are not followed. Nothing when there is no folder."""
    for folder, subfolders, names in os.walk(root):
        subfolders.sort()
        for name in sorted(names):
            path = Path(folder) / name
            try:
                seen = path.lstat()
            except OSError as error:
                raise Unreadable(f"{path}: {error.strerror}") from None
            if stat.S_ISREG(seen.st_mode):
                relative = path.relative_to(root).as_posix()
                yield ForeignFile(relative, seen.st_size, seen.st_mtime_ns // 1_000_000, partial(_read, path))


def _read(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
