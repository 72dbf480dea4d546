from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a search; the token asks for the next one and is None on the last."""

    items: Sequence[T]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    limit: int
    token: str | None = None
