from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, and_, delete, func, insert, select, update

from modelyard.domain.endpoint_status import Status
from modelyard.domain.endpoints import Wanted
from modelyard.domain.graphs import Graph, Wiring
from modelyard.storage.database import Transaction
from modelyard.storage.members import among
from modelyard.storage.tables.endpoints import endpoint_status, endpoints
from modelyard.storage.tables.graphs import graphs


def by_name(transaction: Transaction, workspace_id: int, name: str) -> Graph | None:
    mine = and_(graphs.c.workspace_id == workspace_id, graphs.c.name == name)
    row = transaction.execute(select(graphs).where(mine)).one_or_none()
    return None if row is None else _graph(row)


def everything(transaction: Transaction, workspace_id: int) -> Sequence[Graph]:
    """By name."""
    statement = select(graphs).where(graphs.c.workspace_id == workspace_id).order_by(graphs.c.name)
    return [_graph(row) for row in transaction.execute(statement)]


def fingerprint(transaction: Transaction, workspace_id: int) -> tuple[object, ...]:
    """Another one whenever a graph was made, changed or removed."""
    seen = select(func.count(), func.max(graphs.c.pk), func.sum(graphs.c.generation), func.max(graphs.c.updated_at))
    return tuple(transaction.execute(seen.where(graphs.c.workspace_id == workspace_id)).one())


def put(transaction: Transaction, workspace_id: int, graph: Graph) -> None:
    """Makes it, or changes the one of this name."""
    mine = and_(graphs.c.workspace_id == workspace_id, graphs.c.name == graph.name)
    values = {
        "document": _encoded(graph.wiring),
        "generation": graph.generation,
        "attributes": _encoded(graph.attributes),
        "created_at": graph.created_at,
        "updated_at": graph.updated_at,
    }
    if not transaction.execute(update(graphs).where(mine).values(**values)).rowcount:
        transaction.execute(insert(graphs).values(workspace_id=workspace_id, name=graph.name, **values))


def remove(transaction: Transaction, workspace_id: int, name: str) -> bool:
    """Whether there was one."""
    mine = and_(graphs.c.workspace_id == workspace_id, graphs.c.name == name)
    return bool(transaction.execute(delete(graphs).where(mine)).rowcount)


def statuses(transaction: Transaction, workspace_id: int, names: Sequence[str]) -> Mapping[str, Status]:
    """How the endpoints of these names are; those that there are not, or not for long any more, are missing."""
    mine = and_(
        endpoints.c.workspace_id == workspace_id,
        endpoints.c.desired != Wanted.REMOVED,
        among(endpoints.c.name, names, transaction.dialect.name),
    )
    found = select(endpoints.c.name, endpoint_status.c.document).join(endpoint_status).where(mine)
    return {row.name: msgspec.json.decode(row.document, type=Status) for row in transaction.execute(found)}


def _graph(row: Row[Any]) -> Graph:
    return Graph(
        name=row.name,
        wiring=msgspec.json.decode(row.document, type=Wiring),
        generation=row.generation,
        created_at=row.created_at,
        updated_at=row.updated_at,
        attributes=msgspec.json.decode(row.attributes, type=dict[str, str]),
    )


def _encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()
