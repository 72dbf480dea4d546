import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from starlette.routing import compile_path

from modelyard.protocols.http.call import DEFAULT_BODY_LIMIT, Call
from modelyard.protocols.http.errors import MethodNotAllowed, NoSuchRoute
from modelyard.protocols.http.reply import Reply

S = TypeVar("S")
PUBLIC = "public"
"""The action of routes that everybody may call, such as health."""
PREDICT = "endpoints.predict"
"""The action of routes that change nothing, so that they are dropped when their caller leaves."""


@dataclass(frozen=True, slots=True)
class Route(Generic[S]):
    """One line of a protocol's table. Without an action, a route cannot be built: deny by default.

    `query`, `body` and `returns` are the wire types of what goes in and out, for documentation.
    """

    method: str
    path: str
    handler: Callable[[Call[S]], Awaitable[Reply]]
    action: str
    summary: str = ""
    query: type | None = None
    body: type | None = None
    returns: type | None = None
    max_body: int = DEFAULT_BODY_LIMIT


@dataclass(frozen=True, slots=True)
class Protocol(Generic[S]):
    """A table of routes with the state its handlers get and the dialect its errors are told in.

    `prefixes` are the paths whose unknown routes this protocol answers for; they may have parameters, as paths do.
    """

    name: str
    prefixes: tuple[str, ...]
    routes: Sequence[Route[S]]
    state: S
    render_error: Callable[[Exception], Reply]


@dataclass(frozen=True, slots=True)
class Match:
    protocol: Protocol[Any]
    route: Route[Any]
    params: Mapping[str, str]


class RouteTable:
    """All protocols' routes: exact paths by one look-up, the rest by pattern in table order.

    A path that is exact for one method is for none a pattern's: `runs/search` is no run.
    """

    def __init__(self, protocols: Sequence[Protocol[Any]]) -> None:
        self._exact: dict[tuple[str, str], Match] = {}
        self._exact_verbs: dict[str, set[str]] = {}
        self._patterns: list[tuple[re.Pattern[str], Match]] = []
        prefixes = [(prefix, protocol) for protocol in protocols for prefix in protocol.prefixes]
        self._prefixes = [(_beginning(prefix), protocol) for prefix, protocol in sorted(prefixes, key=_by_length)]
        self._fallback = protocols[-1]
        for protocol in protocols:
            for route in protocol.routes:
                self._add(Match(protocol, route, {}))

    def _add(self, match: Match) -> None:
        if "{" in match.route.path:
            pattern, _, _ = compile_path(match.route.path)
            self._patterns.append((pattern, match))
            return
        key = (match.route.method, match.route.path)
        if key in self._exact:
            raise ValueError(f"Two routes for {key[0]} {key[1]}")
        self._exact[key] = match
        self._exact_verbs.setdefault(match.route.path, set()).add(match.route.method)

    def match(self, method: str, path: str) -> Match:
        """Raises NoSuchRoute, or MethodNotAllowed when only the method is wrong."""
        wanted = "GET" if method == "HEAD" else method
        found = self._exact.get((wanted, path))
        if found is not None:
            return found
        if exact := self._exact_verbs.get(path):
            raise _wrong(method, path, tuple(sorted(exact)))
        for pattern, match in self._patterns:
            groups = pattern.fullmatch(path) if match.route.method == wanted else None
            if groups is not None:
                return Match(match.protocol, match.route, groups.groupdict())
        verbs = self._verbs(path)
        if not verbs:
            raise _nothing(method, path)
        raise _wrong(method, path, verbs)

    def methods(self, path: str) -> tuple[str, ...]:
        """What a path answers. Raises NoSuchRoute."""
        verbs = self._verbs(path)
        if not verbs:
            raise _nothing("OPTIONS", path)
        return verbs

    def _verbs(self, path: str) -> tuple[str, ...]:
        if verbs := self._exact_verbs.get(path):
            return tuple(sorted(verbs))
        return tuple(sorted({one.route.method for pattern, one in self._patterns if pattern.fullmatch(path)}))

    def dialect_for(self, path: str) -> Protocol[Any]:
        """The protocol in whose words to say that a path does not exist."""
        for prefix, protocol in self._prefixes:
            if prefix.match(path):
                return protocol
        return self._fallback


def _by_length(pair: tuple[str, Protocol[Any]]) -> int:
    return -len(pair[0])


def _beginning(prefix: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(prefix)))


def _nothing(method: str, path: str) -> NoSuchRoute:
    return NoSuchRoute(f"There is nothing at {method} {path}; see /docs for the native API")


def _wrong(method: str, path: str, verbs: tuple[str, ...]) -> MethodNotAllowed:
    return MethodNotAllowed(f"{path} does not answer {method}; it answers {', '.join(verbs)}", verbs)
