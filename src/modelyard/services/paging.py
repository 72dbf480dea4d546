"""From a page request to a place in an order, and back to a token."""

from collections.abc import Sequence
from typing import TypeVar

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pages import Page, PageRequest
from modelyard.formats import page_tokens

T = TypeVar("T")
Scalar = str | int | float | None


def check_limit(request: PageRequest, most: int) -> None:
    """Raises InvalidInput unless 1 <= limit <= most."""
    if 1 <= request.limit <= most:
        return
    bound = "a positive integer" if request.limit < 1 else f"at most {most}"
    raise InvalidInput(f"Invalid value {request.limit} for parameter 'max_results' supplied. It must be {bound}")


def start(request: PageRequest, digest: str) -> Sequence[Scalar] | None:
    """The sort values to go on after. Raises InvalidInput for a token that is not of this query."""
    return page_tokens.decode(request.token, digest) if request.token else None


def finish(items: Sequence[T], last: Sequence[Scalar] | None, digest: str) -> Page[T]:
    """A page, with a token for the next one when there are sort values to go on after."""
    return Page(items, None if last is None else page_tokens.encode(digest, last))
