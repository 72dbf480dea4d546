"""Which places a model version may be registered from.

A source is a stranger's claim. It is decoded until nothing is left to decode, and judged as a whole in that form: what
lies on this machine or in its own store must lie inside the artifacts of the run or logged model that is named.
"""

import re
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from modelyard.domain.errors import InvalidInput
from modelyard.domain.names import LOCATION_LENGTH
from modelyard.kit import paths

Parameter = Literal["run_id", "model_id"]

PROMPT_SOURCES = frozenset({"dummy-source", "prompt-template"})
"""What prompts, which have no files, name as their source."""

_LOCAL = frozenset({"", "file"})
_CONTAINED = _LOCAL | {"mlflow-artifacts"}
_THIS_MACHINE = frozenset({"", "localhost", "127.0.0.1"})
_NAMES_A_HOST = frozenset({"http", "https", "ftp", "sftp", "hdfs", "viewfs", "r2", "b2", "abfss"})
_MOST_DECODINGS = 10
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SEPARATORS = re.compile(r"[/\\;]")
_ABSOLUTE = (
    "If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute "
    "path must be provided without relative path references present. Please provide an absolute path."
)


def scheme(source: str) -> str:
    """The scheme of a source that may be looked at further; empty for a path. Raises InvalidInput for any other."""
    if len(source) > LOCATION_LENGTH:
        raise InvalidInput(f"'source' exceeds the maximum length of {LOCATION_LENGTH} characters")
    decoded = _decoded(source)
    parts = _split(decoded, source)
    if _CONTROL.search(decoded) or decoded != decoded.strip():
        raise _invalid(source, "It must not contain control characters.")
    if parts.scheme in _LOCAL and ("?" in decoded or "#" in decoded):
        raise _invalid(source, "A local path must not contain a query or a fragment.")
    if "://" in decoded and not parts.path:
        raise _invalid(source, f"{_ABSOLUTE} It names a place without a path.")
    if ".." in _SEPARATORS.split(decoded):
        raise _invalid(source, _ABSOLUTE)
    if parts.scheme in _NAMES_A_HOST or (parts.scheme in ("mlflow-artifacts", "models", "runs") and parts.netloc):
        raise InvalidInput(
            f"'source' cannot use the '{parts.scheme}' scheme: the '{parts.scheme}' scheme addresses a host other than "
            "the tracking server's configured artifact storage, so the server would connect to the host named in the "
            "URI."
        )
    return "" if len(parts.scheme) == 1 else parts.scheme  # the drive of a Windows path


def must_be_contained(source_scheme: str) -> bool:
    """Whether such a source lies on this machine or in its store."""
    return source_scheme in _CONTAINED


def check_within(source: str, root: str | None, parameter: Parameter) -> None:
    """Raises InvalidInput unless the source is `root` or below it; no root contains nothing."""
    parts = _split(_decoded(source), source)
    if root is not None and _contains(_split(_decoded(root), source), parts):
        return
    if parts.scheme == "mlflow-artifacts":
        raise not_identified(source, parameter)
    raise _invalid(
        source,
        f"To use a local path as a model version source, the {parameter} request parameter has to be specified and the "
        f"local path has to be contained within the artifact directory of what the {parameter} names.",
    )


def not_identified(source: str, parameter: Parameter) -> InvalidInput:
    """The refusal of a source whose run or logged model is not the one that was named."""
    return _invalid(source, f"The {parameter} request parameter must identify the resource that contains the source.")


def _contains(root: SplitResult, candidate: SplitResult) -> bool:
    if root.scheme in _LOCAL and candidate.scheme in _LOCAL:
        outer, inner = _local_path(root), _local_path(candidate)
        return outer is not None and inner is not None and paths.contains(outer, inner)
    outer_parts, inner_parts = _segments(root), _segments(candidate)
    return (
        (root.scheme, root.netloc) == (candidate.scheme, candidate.netloc)
        and bool(outer_parts)
        and inner_parts[: len(outer_parts)] == outer_parts
    )


def _local_path(parts: SplitResult) -> Path | None:
    path = Path(parts.path)
    return path if path.is_absolute() and parts.netloc in _THIS_MACHINE else None


def _segments(parts: SplitResult) -> list[str]:
    return [segment for segment in parts.path.split("/") if segment not in ("", ".")]


def _split(decoded: str, source: str) -> SplitResult:
    try:
        return urlsplit(decoded)
    except ValueError as error:
        raise _invalid(source, f"It is not a URI: {error}.") from None


def _decoded(text: str) -> str:
    for _ in range(_MOST_DECODINGS):
        once = unquote(text)
        if once == text:
            return text
        text = once
    raise _invalid(text, "It is percent-encoded too many times.")


def _invalid(source: str, why: str) -> InvalidInput:
    return InvalidInput(f"Invalid model version source: '{source[:200]}'. {why}")
