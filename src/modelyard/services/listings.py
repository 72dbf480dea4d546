from collections.abc import Callable, Sequence
from typing import TypeVar

from modelyard.domain.errors import InvalidInput
from modelyard.domain.listing import Listed, Listing
from modelyard.formats import page_tokens
from modelyard.services import paging
from modelyard.storage.database import Database, Transaction

MOST_PER_PAGE = 1_000
T = TypeVar("T")
Scalar = str | int | float | None
After = Sequence[Scalar] | None
Found = tuple[Sequence[T], int, Sequence[Scalar] | None]
Find = Callable[[Transaction, After], Found[T]]


async def read(database: Database, of: tuple[object, ...], listing: Listing, find: Find[T]) -> Listed[T]:
    """A page of what `find` finds. Raises InvalidInput for a page over 1,000 or a token of another list than `of`."""
    if not 1 <= listing.page.limit <= MOST_PER_PAGE:
        raise InvalidInput(f"A page may have 1 to {MOST_PER_PAGE:,} items, not {listing.page.limit}")
    digest = page_tokens.digest_of(of, listing.filter, listing.sort, listing.ascending)
    after = paging.start(listing.page, digest)
    items, total, last = await database.read(lambda transaction: find(transaction, after))
    return Listed(items, total, paging.finish(items, last, digest).next_token)
