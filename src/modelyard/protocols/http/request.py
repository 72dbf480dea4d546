import asyncio
from collections.abc import Callable, Mapping

from modelyard.protocols.http.errors import ClientGone


class Request:
    """What a client asks for, and the buffer of a body that may still be arriving.

    `headers` are by name in lower case; of one that was sent twice, the last counts.
    `wanted` is called when somebody waits for more of the body. `invited` says that somebody has: some clients wait for
    that before they send it. `is_from_afar` tells a client on another machine. What `changes_nothing` is
    dropped when its client leaves.
    """

    __slots__ = (
        "_discarded",
        "_parts",
        "_waiting",
        "_wanted",
        "answered",
        "changes_nothing",
        "complete",
        "headers",
        "held",
        "http_1_0",
        "invited",
        "is_from_afar",
        "is_lost",
        "keep_alive",
        "method",
        "path",
        "query",
    )

    def __init__(
        self, method: str, path: str, query: bytes, headers: Mapping[str, str], wanted: "Callable[[Request], None]"
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.keep_alive = True
        self.invited = False
        self.is_from_afar = False
        self.answered = False
        self.changes_nothing = False
        self.is_lost = False
        self.http_1_0 = False
        self.complete = False
        self.held = 0
        self._parts: list[bytes] = []
        self._waiting: asyncio.Future[None] | None = None
        self._wanted = wanted
        self._discarded = False

    @property
    def expects_invitation(self) -> bool:
        return "expect" in self.headers and self.headers["expect"].lower() == "100-continue"

    async def part(self) -> tuple[bytes, bool]:
        """The next bytes of the body, and whether there are more to come. Raises ClientGone."""
        while not self._parts and not self.complete:
            if self.is_lost:
                raise ClientGone
            self._waiting = asyncio.get_running_loop().create_future()
            self._wanted(self)
            await self._waiting
        return self.taken(), not self.complete

    def taken(self) -> bytes:
        """What has arrived and was not taken yet."""
        parts = self._parts
        self._parts, self.held = [], 0
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def feed(self, data: bytes) -> None:
        if not self._discarded:
            self._parts.append(data)
            self.held += len(data)
            self._wake()

    def end(self) -> None:
        self.complete = True
        self._wake()

    def lose(self) -> None:
        """The client has left, and nothing more will arrive."""
        self.is_lost = True
        self._wake()

    def discard(self) -> None:
        """Nobody wants the rest."""
        self._discarded = True
        self._parts, self.held = [], 0

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
