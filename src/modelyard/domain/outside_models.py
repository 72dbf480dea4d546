"""Models that lie neither in the registry nor among the artifacts: in a bucket, or in a directory of the server."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from modelyard.domain.errors import InvalidInput
from modelyard.kit.paths import contains

SCHEMES = ("s3", "file")


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to get at a bucket; what is empty is not said. Without a key it is asked anonymously."""

    key: str = ""
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    region: str = ""
    endpoint: str = ""


def is_outside(uri: str) -> bool:
    """Whether it is the URI of such a model."""
    scheme, separator, _ = uri.partition("://")
    return bool(separator) and scheme in SCHEMES


def checked_bucket(uri: str) -> str:
    """`s3://BUCKET/PATH`. Raises InvalidInput for one without a bucket or a path, or with more than these."""
    parts = _parts(uri)
    if not parts.netloc or "@" in parts.netloc or not parts.path.strip("/") or parts.query or parts.fragment:
        raise InvalidInput(f"'{uri[:200]}' must be s3://BUCKET/PATH, where PATH is the directory of a model")
    return uri


def checked_folder(uri: str, roots: tuple[Path, ...]) -> Path:
    """Where `file:///PATH` is, links followed.

    Raises InvalidInput for what is below none of the roots.
    """
    if not roots:
        raise InvalidInput(
            f"'{uri[:200]}': this server serves nothing of its own disks; --model-roots names directories that it may"
        )
    parts = _parts(uri)
    path = Path(unquote(parts.path))
    if parts.netloc not in {"", "localhost"} or "\0" in str(path) or not path.is_absolute():
        raise InvalidInput(f"'{uri[:200]}' must be file:///PATH, the directory of a model")
    if not any(contains(root, path) for root in roots):
        raise InvalidInput(f"'{uri[:200]}' is not below a directory that --model-roots names")
    return path.resolve()


def _parts(uri: str) -> SplitResult:
    """Empty for what is no URI."""
    try:
        return urlsplit(uri)
    except ValueError:
        return urlsplit("")
