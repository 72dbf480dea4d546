from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """One page of a search; the token asks for the next one and is None on the last."""

    items: Sequence[T_co]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    limit: int
    token: str | None = None
