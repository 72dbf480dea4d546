"""Sending a stored file: as an attachment that no browser runs, whole or in part (RFC 9110, 6266)."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from mimetypes import MimeTypes
from urllib.parse import quote

from modelyard.protocols.http.reply import TEXT, Headers, Reply

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_UNQUOTED = re.compile(r"[^ !#$&'()+,\-./0-9:;<=>?@A-Z\[\]^_`a-z{|}~]")
_TOKEN = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z|~]+")
_TYPES = MimeTypes(filenames=())  # those of Python, not of whatever machine this is
_TEXT_ENDINGS = frozenset(
    {"txt", "log", "err", "cfg", "conf", "cnf", "cf", "ini", "properties", "prop", "hocon", "toml", "yaml", "yml"}
    | {"xml", "json", "js", "py", "py3", "csv", "tsv", "md", "rst", "ipynb"}
)
_TEXT_NAMES = frozenset({"MLmodel", "MLproject"})


@dataclass(frozen=True, slots=True)
class Download:
    """A file to send; `read` opens the bytes from a start up to a stop. The tag changes when the bytes do."""

    name: str
    size: int
    tag: str
    read: Callable[[int, int], Awaitable[AsyncIterator[bytes]]]


class _Unsatisfiable(Exception):
    pass


def attachment(name: str) -> str:
    """The header that has a file saved under its name."""
    plain = _UNQUOTED.sub("_", name)
    if _TOKEN.fullmatch(name):
        return f"attachment; filename={name}"
    if plain == name:
        return f'attachment; filename="{name}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


async def send(download: Download, headers: Mapping[str, str]) -> Reply:
    """Answers 200, 206 for one range, 304 when the caller has it, 416 for a range behind the end."""
    tag = f'"{download.tag}"'
    common: Headers = (
        ("etag", tag),
        ("accept-ranges", "bytes"),
        ("cache-control", "private, no-cache"),
        ("content-disposition", attachment(download.name)),
        ("content-security-policy", "sandbox; default-src 'none'"),
    )
    kind = _content_type(download.name)
    if tag in headers.get("if-none-match", ""):
        return Reply(304, _nothing(), kind, common)
    try:
        part = _range(headers, tag, download.size)
    except _Unsatisfiable:
        return Reply(416, b"", TEXT, (("content-range", f"bytes */{download.size}"),))
    start, stop = part or (0, download.size)
    body = await download.read(start, stop)
    length = (("content-length", str(stop - start)),)
    if part is None:
        return Reply(200, body, kind, common + length)
    return Reply(206, body, kind, (*common, *length, ("content-range", f"bytes {start}-{stop - 1}/{download.size}")))


def _range(headers: Mapping[str, str], tag: str, size: int) -> tuple[int, int] | None:
    """One range as start and stop; None where there is none to honour: several at once, or of another version."""
    match = _RANGE.fullmatch(headers.get("range", "").replace(" ", ""))
    if match is None or headers.get("if-range", tag) != tag:
        return None
    first, last = match.groups()
    if first:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return None
    elif last:
        start, stop = max(size - int(last), 0), size
    else:
        return None
    if start >= stop:
        raise _Unsatisfiable
    return start, stop


def _content_type(name: str) -> str:
    ending = name.rpartition(".")[2]
    if ending in _TEXT_ENDINGS or name in _TEXT_NAMES:
        return "text/plain"
    return _TYPES.guess_type(name)[0] or "application/octet-stream"


async def _nothing() -> AsyncIterator[bytes]:
    """Unlike an empty text, it does not say how long the file is."""
    return
    yield b""
