"""Answers that come in pieces. Each piece is made when it is asked for, so that nothing piles up before a slow reader.

Between two pieces the loop answers others, and gives up what nobody reads any more.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any, NamedTuple

from .asked import Asked

MOST_OPEN = 1000


class Pieces(NamedTuple):
    asked: Asked
    made: Iterator[Any]


class OpenAnswers:
    """By the connection that they were asked over and the name that the server gave them."""

    def __init__(self) -> None:
        self._open: dict[tuple[Any, str], Pieces] = {}

    @property
    def full(self) -> bool:
        return len(self._open) >= MOST_OPEN

    def keep(self, connection: Any, pieces: Pieces) -> None:
        self._open[connection, pieces.asked.stream] = pieces

    def find(self, connection: Any, name: str) -> Pieces | None:
        return self._open.get((connection, name))

    def end(self, connection: Any, name: str) -> None:
        """The model is told, as the end of its generator; what it raises then concerns nobody."""
        pieces = self._open.pop((connection, name), None)
        if pieces is None:
            return
        try:
            close = getattr(pieces.made, "close", None)
            if close is not None:
                close()
        except (Exception, SystemExit):  # noqa: BLE001 - model code may raise anything
            traceback.print_exc()

    def leave(self, connection: Any) -> None:
        """The connection is gone."""
        for peer, name in [key for key in self._open if key[0] is connection]:
            self.end(peer, name)
