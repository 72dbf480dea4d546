"""Paths that strangers send: keep them below a root."""

import re
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote, unquote_to_bytes

MAX_LENGTH = 1024
MAX_SEGMENT_LENGTH = 255

_MAX_DECODINGS = 10
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SEPARATORS = re.compile(r"[/\\]")


def safe_relative(path: str) -> str:
    """The path without empty and `.` segments; every other sign of it stays as it is. "" is the root itself.

    The answer is what must be used from then on: it is its own safe_relative. Raises ValueError when the path could
    lead out of where it is put, as it is or however often somebody decodes it: `..`, absolute (also the Windows way),
    a file: URI, NUL and other control characters, `#`, or more layers of encoding than an honest client uses.
    """
    _judge(path)
    segments = [segment for segment in path.split("/") if segment not in ("", ".")]
    if any(len(segment.encode()) > MAX_SEGMENT_LENGTH for segment in segments):
        raise ValueError(f"the path {path[:80]!r}... has a segment longer than {MAX_SEGMENT_LENGTH} bytes")
    safe = "/".join(segments)
    if safe != path:
        _judge(safe)
    return safe


def path_of_uri(path: str) -> str:
    """The safe_relative path that the path of a URI stands for: percent-encoded once. Raises ValueError."""
    _judge(path)
    return safe_relative(unquote(path, errors="strict"))


def _judge(path: str) -> None:
    decoded = _decode(path)
    if _CONTROL.search(decoded):
        raise ValueError(f"the path {path!r} contains a control character")
    if "#" in decoded:
        raise ValueError(f"the path {path!r} contains '#'")
    if decoded.lower().startswith("file:"):
        raise ValueError(f"the path {path!r} is a file URI, not a relative path")
    if decoded.startswith(("/", "\\")) or PureWindowsPath(decoded).is_absolute():
        raise ValueError(f"the path {path!r} is absolute")
    if ".." in _SEPARATORS.split(decoded):
        raise ValueError(f"the path {path!r} contains a '..' segment")


def contains(root: Path, candidate: Path) -> bool:
    """Whether candidate is root or below it once links are followed; /data/art does not contain /data/art-secret."""
    try:
        return candidate.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, an unreadable directory, a NUL byte
        return False


def _decode(path: str) -> str:
    for _ in range(_MAX_DECODINGS):
        if len(path) > MAX_LENGTH * 3:
            break
        try:
            decoded = unquote_to_bytes(path).decode()
        except UnicodeError:
            raise ValueError(f"the path {path!r} is not UTF-8 once decoded") from None
        if decoded == path:
            break
        path = decoded
    else:
        raise ValueError(f"the path {path[:80]!r}... is percent-encoded too many times")
    if len(path.encode()) > MAX_LENGTH:
        raise ValueError(f"the path {path[:80]!r}... is longer than {MAX_LENGTH} bytes")
    return path
