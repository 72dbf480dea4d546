from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from modelyard.domain.pages import PageRequest
from modelyard.domain.query import Filter

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Listing:
    """Which of a noun's things, in which order, and which page of them. Comparisons are of attributes."""

    page: PageRequest
    filter: Filter = ()
    sort: str = "created_at"
    ascending: bool = True


@dataclass(frozen=True, slots=True)
class Listed(Generic[T_co]):
    """A page, and how many there are on all of them."""

    items: Sequence[T_co] = field(default_factory=tuple)
    total: int = 0
    next_token: str | None = None
