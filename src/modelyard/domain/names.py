"""Which names, keys and values are accepted. Each function answers the accepted text or raises InvalidInput.

The limits and the wording of refusals are MLflow's, whose clients and users look for them.
"""

import json
import posixpath
import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from modelyard.domain.errors import InvalidInput

KEY_LENGTH = 250
PARAM_LENGTH = 6_000
RUN_TAG_LENGTH = 8_000
EXPERIMENT_NAME_LENGTH = 500
EXPERIMENT_TAG_LENGTH = 20_000
MODEL_NAME_LENGTH = 256
MODEL_TAG_LENGTH = 100_000
ALIAS_LENGTH = 255
LOGGED_MODEL_NAME_LENGTH = 8_000
"""MLflow has no limit; a name that a list is ordered by must fit into the token of its next page."""

MODEL_ID_LENGTH = 255
FREE_TEXT_LENGTH = 100_000
LOCATION_LENGTH = 2_048

_KEY = re.compile(r"[/\w.\- :]*")
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}")
_ALIAS = re.compile(r"[\w\-]+")
_VERSION_ALIAS = re.compile(r"[vV]\d+")
_LOGGED_MODEL_FORBIDDEN = ("/", ":", ".", "%", '"', "'")
_REORDERING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_NAMES_A_HOST = frozenset({"http", "https", "ftp", "sftp", "hdfs", "viewfs", "r2", "b2", "abfss"})


def experiment_name(name: str) -> str:
    if not name:
        raise InvalidInput(f"Invalid experiment name: '{name}'")
    _limited(name, "name", EXPERIMENT_NAME_LENGTH)
    return _one_spelling(name, "experiment name")


def experiment_id(text: str) -> str:
    """Without leading zeros. One below zero is a number too, if of no experiment."""
    if not _INTEGER.fullmatch(text) or abs(int(text)) >= 2**63:
        raise InvalidInput(f"Invalid experiment ID '{text[:80]}'. Experiment ID must be a valid integer.")
    return str(int(text))


def run_id(text: str) -> str:
    """What the id of a run may look like, whether there is one or not."""
    if not _RUN_ID.fullmatch(text):
        raise InvalidInput(_invalid("run_id", text[:80]))
    return text


def run_name(name: str) -> str:
    """Cut to the length of the tag that mirrors it."""
    return _storable(name, "run name")[:RUN_TAG_LENGTH]


def metric_key(key: str, path: str = "name") -> str:
    return _limited(_key(key, path), "Metric name", KEY_LENGTH)


def param_key(key: str, path: str = "key") -> str:
    return _limited(_key(key, path), "Param key", KEY_LENGTH)


def tag_key(key: str, path: str = "key") -> str:
    return _limited(_key(key, path), path, KEY_LENGTH)


def param_value(value: str) -> str:
    """Cut, not refused, when it is too long."""
    return _storable(value, "param value")[:PARAM_LENGTH]


def run_tag_value(value: str) -> str:
    """Cut, not refused, when it is too long."""
    return _storable(value, "tag value")[:RUN_TAG_LENGTH]


def experiment_tag_value(value: str) -> str:
    return _limited(_storable(value, "tag value"), "value", EXPERIMENT_TAG_LENGTH)


def model_tag_value(value: str) -> str:
    return _limited(_storable(value, "tag value"), "value", MODEL_TAG_LENGTH)


def free_text(text: str, what: str) -> str:
    return _limited(_storable(text, what), what, FREE_TEXT_LENGTH)


def model_name(name: str, path: str = "name") -> str:
    """The name of a registered model."""
    if not name.strip():
        raise InvalidInput(f"Missing value for required parameter '{path}'.")
    if "/" in name or ":" in name:
        raise InvalidInput(f"Invalid model name '{name}'. Names cannot contain '/' or ':'.")
    _refuse_path(name, path)
    _limited(name, path, MODEL_NAME_LENGTH)
    return _one_spelling(name, "model name")


def logged_model_name(name: str) -> str:
    if not name or any(character in name for character in _LOGGED_MODEL_FORBIDDEN):
        raise InvalidInput(
            f"Invalid model name ({name!r}) provided. Model name must be a non-empty string and cannot contain the "
            f"following characters: {_LOGGED_MODEL_FORBIDDEN}"
        )
    return _one_spelling(_limited(name, "name", LOGGED_MODEL_NAME_LENGTH), "model name")


def linked_model_id(text: str) -> str:
    """Of a logged model that may be elsewhere. A long one would make every look-up in its index slow."""
    return _limited(_storable(text, "model ID"), "model_id", MODEL_ID_LENGTH)


def alias(name: str) -> str:
    written_alias(name)
    if name.lower() == "latest":
        raise InvalidInput("'latest' alias name (case insensitive) is reserved.")
    if _VERSION_ALIAS.fullmatch(name):
        raise InvalidInput(f"Version alias name '{name}' is reserved.")
    return name


def written_alias(name: str) -> str:
    """One that may be asked for, although it may be one that is reserved and never set."""
    if not name:
        raise InvalidInput("Registered model alias name cannot be empty.")
    if not _ALIAS.fullmatch(name):
        raise InvalidInput(
            f"Invalid alias name: '{name}'. Names may only contain alphanumerics, underscores (_), and dashes (-)."
        )
    return _limited(name, "Registered model alias name", ALIAS_LENGTH)


def artifact_location(uri: str) -> str:
    """Where a caller wants artifacts to be kept. Whether a local path may be used is not decided here."""
    shown = f"Invalid artifact_location '{uri[:200]}'"
    decoded = _storable(_decoded(uri, shown), "artifact_location")
    try:
        parts = urlsplit(decoded)
    except ValueError as error:
        raise InvalidInput(f"{shown}: {error}.") from error
    if decoded.startswith("runs:"):
        raise InvalidInput(f"Artifact location cannot be a runs:/ URI. Given: '{uri}'")
    if ";" in decoded or "#" in decoded:
        raise InvalidInput("'artifact_location' URL can't include fragments or params.")
    if ".." in re.split(r"[/\\]", decoded):
        raise InvalidInput(f"{shown}: it must not contain '..' segments.")
    if parts.scheme in _NAMES_A_HOST or (parts.scheme == "mlflow-artifacts" and parts.netloc):
        raise InvalidInput(
            f"'artifact_location' cannot use the '{parts.scheme}' scheme: the '{parts.scheme}' scheme addresses a host "
            "other than the tracking server's configured artifact storage, so the server would connect to the host "
            "named in the URI."
        )
    if len(uri) > LOCATION_LENGTH:
        raise InvalidInput(
            "Invalid artifact path length. The length of the artifact path cannot be "
            f"greater than {LOCATION_LENGTH} characters."
        )
    return uri


def _key(key: str, path: str) -> str:
    if len(key) <= KEY_LENGTH and _is_good(key):
        return key
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            f"{_invalid(path, key)}: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), "
            "spaces ( ), colon(:) and slashes (/)."
        )
    _refuse_path(key, path)
    return key


@lru_cache(4096)
def _is_good(key: str) -> bool:
    """The same keys come again and again, and a close look takes longer than to remember them."""
    return bool(_KEY.fullmatch(key)) and _is_own_path(key)


def _refuse_path(name: str, path: str) -> None:
    """Names may become files of an export; `a/../b` must not become `b`."""
    if not _is_own_path(name):
        resolved = posixpath.normpath(name)
        raise InvalidInput(
            f"{_invalid(path, name)}: Names may be treated as files in certain cases, and must not resolve to other "
            f"names when treated as such. This name would resolve to {resolved!r}"
        )


def _is_own_path(name: str) -> bool:
    return posixpath.normpath(name) == name and name != "." and not name.startswith(("..", "/"))


def _one_spelling(name: str, what: str) -> str:
    """Two names that look the same must be the same."""
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise InvalidInput(f"Invalid {what} {name!r}: it contains a control character.")
    if _REORDERING.search(name):
        raise InvalidInput(f"Invalid {what} {name!r}: it contains a character that changes the direction of text.")
    if not unicodedata.is_normalized("NFC", name):
        raise InvalidInput(f"Invalid {what} {name!r}: write it in Unicode normal form C.")
    return name


def _storable(text: str, what: str) -> str:
    if "\0" in text:
        raise InvalidInput(f"Invalid {what}: it contains a NUL character")
    return text


def _limited(text: str, what: str, length: int) -> str:
    if len(text) > length:
        raise InvalidInput(f"'{what}' exceeds the maximum length of {length} characters")
    return text


def _invalid(path: str, value: str) -> str:
    return f"Invalid value {json.dumps(value)} for parameter '{path}' supplied"


def _decoded(text: str, shown: str) -> str:
    for _ in range(10):
        once = unquote(text)
        if once == text:
            return text
        text = once
    raise InvalidInput(f"{shown}: it is percent-encoded too many times.")
