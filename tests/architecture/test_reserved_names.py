"""No name that an endpoint or a model may have makes a path mean two things."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

from modelyard.domain.endpoints import RESERVED, RESERVED_MODELS
from modelyard.protocols.http.routing import Route
from modelyard.protocols.kserve import routes as kserve
from modelyard.protocols.kubedirector import routes as kubedirector
from modelyard.protocols.oip import routes as oip
from modelyard.protocols.scoring import routes as scoring

ROUTES: tuple[Route[Any], ...] = (*oip.ROUTES, *kserve.ROUTES, *scoring.ROUTES, *kubedirector.ROUTES)
_PARAMETER = re.compile(r"\{(\w+)\}(.*)")


def words(path: str, other: str) -> set[tuple[str, str]] | None:
    """What the parameters of a path must be for it to be of the form of the other one; None when it cannot be."""
    ours, theirs = path.strip("/").split("/"), other.strip("/").split("/")
    if len(ours) != len(theirs):
        return None
    found = set()
    for one, two in zip(ours, theirs, strict=True):
        first, second = _PARAMETER.fullmatch(one), _PARAMETER.fullmatch(two)
        if first and second:
            if first[2] != second[2]:
                return None
        elif first:
            if not two.endswith(first[2]):
                return None
            found.add((_kind(path, first[1]), two.removesuffix(first[2])))
        elif not one.endswith(second[2]) if second else one != two:
            return None
    return found


def _kind(path: str, parameter: str) -> str:
    within = "{owner}" in path or "{endpoint}" in path
    return "model" if parameter == "name" and within else parameter


def ambiguities() -> Iterator[tuple[str, str, set[tuple[str, str]]]]:
    for one, other in itertools.permutations(ROUTES, 2):
        if one.method == other.method and (found := words(one.path, other.path)):
            yield one.path, other.path, found | (words(other.path, one.path) or set())


def test_paths_that_could_mean_two_things_have_a_reserved_word() -> None:
    reserved = {("name", word) for word in RESERVED} | {("model", word) for word in RESERVED_MODELS}
    open_ = [(one, other, found) for one, other, found in ambiguities() if not found & reserved]
    assert open_ == []
    needed = set().union(*(found for _, _, found in ambiguities()))
    assert reserved <= needed, "and no word is reserved for nothing"
