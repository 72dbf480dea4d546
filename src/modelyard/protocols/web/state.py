from collections.abc import Callable
from dataclasses import dataclass

from modelyard.protocols.web.site import Site


@dataclass(frozen=True, slots=True)
class WebState:
    """The built site; without one, `welcome` says what this server is."""

    site: Site | None
    welcome: Callable[[], bytes]
