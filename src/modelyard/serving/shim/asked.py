"""One request as its frame holds it."""

from __future__ import annotations

import functools
import json
from typing import Any, NamedTuple

from .failures import BadInput

CACHED_SIZE = 4096


class Tensor(NamedTuple):
    name: str
    datatype: str
    shape: tuple[int, ...]
    size: int
    encoding: str = "json"
    content_type: str = ""


class Asked(NamedTuple):
    """The header of a request, in the words of `formats/inference.py`; `params` is JSON text, for comparing."""

    form: str
    positional: bool = False
    params: str = ""
    verb: str = "predict"
    content_type: str = ""
    encoding: str = "json"
    tensors: tuple[Tensor, ...] = ()
    wanted: tuple[tuple[str, str], ...] = ()
    stream: str = ""  # the name of an answer in pieces

    def parameters(self) -> dict[str, Any]:
        """Raises BadInput."""
        params = json.loads(self.params) if self.params else {}
        if not isinstance(params, dict):
            raise BadInput("'params' must be an object")
        return params


def read(header: bytes) -> Asked:
    """Requests hardly differ in their headers, so most have been read before. Raises ValueError, RecursionError."""
    return _known(header) if len(header) <= CACHED_SIZE else _parsed(header)


def _parsed(header: bytes) -> Asked:
    facts = json.loads(header)
    params = facts.get("params")
    return Asked(
        form=facts["form"],
        positional=facts.get("positional", False),
        params="" if params is None else json.dumps(params, sort_keys=True),
        verb=facts.get("verb", "predict"),
        content_type=facts.get("content_type", ""),
        encoding=facts.get("encoding", "json"),
        tensors=tuple(
            Tensor(
                name=one["name"],
                datatype=one["datatype"],
                shape=tuple(one["shape"]),
                size=one["size"],
                encoding=one.get("encoding", "json"),
                content_type=one.get("content_type", ""),
            )
            for one in facts.get("tensors", ())
        ),
        wanted=tuple((one["name"], one.get("encoding", "json")) for one in facts.get("wanted", ())),
        stream=facts.get("stream", ""),
    )


_known = functools.lru_cache(maxsize=256)(_parsed)
