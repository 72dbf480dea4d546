from collections.abc import Iterable

from modelyard.domain.pages import PageRequest
from modelyard.domain.query import View
from modelyard.protocols.mlflow.wire.common import Tag, ViewType

_VIEWS = {ViewType.ACTIVE_ONLY: View.ACTIVE, ViewType.DELETED_ONLY: View.DELETED, ViewType.ALL: View.ALL}


def view(sent: ViewType) -> View:
    return _VIEWS[sent]


def page(max_results: int, token: str) -> PageRequest:
    return PageRequest(max_results, token or None)


def pairs(tags: Iterable[Tag]) -> list[tuple[str, str]]:
    return [(tag.key, tag.value) for tag in tags]
