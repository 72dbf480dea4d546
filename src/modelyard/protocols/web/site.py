"""The built files, held in memory: they are few, and small once they are compressed."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}
_ENCODINGS = {".br": "br", ".gz": "gzip"}
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_NOT_WANTED = re.compile(r"q=0(\.0*)?")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is, and by encoding in fewer bytes."""

    content: bytes
    content_type: str
    tag: str
    packed: Mapping[str, bytes]

    def best(self, accepted: str) -> tuple[bytes, str]:
        """The smallest form that a client accepts, and its encoding; empty is none."""
        offers = (offer.partition(";") for offer in accepted.lower().replace(" ", "").split(","))
        taken = {name for name, _, weight in offers if not _NOT_WANTED.fullmatch(weight)}
        forms = [(self.packed[name], name) for name in self.packed if name in taken]
        return min(forms, key=lambda form: len(form[0]), default=(self.content, ""))


@dataclass(frozen=True, slots=True)
class Site:
    """All files by path; `policy` is what the page may load and run."""

    index: Asset
    assets: Mapping[str, Asset]
    policy: str


def load(folder: Path) -> Site | None:
    """None when nothing has been built."""
    if not (folder / "index.html").is_file():
        return None
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix in _TYPES]
    assets = {path.relative_to(folder).as_posix(): _asset(path) for path in paths}
    index = assets.pop("index.html")
    return Site(index, assets, _policy(index.content))


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    packed = {
        encoding: packed_path.read_bytes()
        for ending, encoding in _ENCODINGS.items()
        if (packed_path := path.with_name(path.name + ending)).is_file()
    }
    return Asset(content, _TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:20], packed)


def _policy(index: bytes) -> str:
    """Scripts are ours, or written in the page by us; what one of them sets as a style is ours too."""
    hashes = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in _INLINE.findall(index))
    inline = " ".join(f"'sha256-{one}'" for one in hashes)
    return (
        f"default-src 'none'; script-src 'self' {inline}; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
