"""The client that commands use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from modelyard.apps import settings

if TYPE_CHECKING:
    from modelyard.sdk.client import Client


@contextmanager
def client(url: str | None) -> "Iterator[Client]":
    """A client of the server that the flag or the environment names."""
    from modelyard.sdk.client import Client

    with Client(settings.server_url(url, settings.environment())) as connected:
        yield connected
