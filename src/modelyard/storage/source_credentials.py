import msgspec
from sqlalchemy import and_, insert, select

from modelyard.domain.outside_models import Credentials
from modelyard.storage.database import Transaction
from modelyard.storage.tables.endpoints import revisions, source_credentials


def put(transaction: Transaction, workspace_id: int, pk: int, number: int, credentials: Credentials) -> None:
    """Keeps them with a revision of the endpoint `pk`, for as long as it is there."""
    document = msgspec.json.encode(credentials).decode()
    values = {"endpoint_pk": pk, "number": number, "workspace_id": workspace_id, "document": document}
    transaction.execute(insert(source_credentials).values(**values))


def of_location(transaction: Transaction, workspace_id: int, location: str, created_at: int) -> Credentials | None:
    """Those of the revision of this location and moment; of equals any, None where none were given."""
    same = and_(
        source_credentials.c.endpoint_pk == revisions.c.endpoint_pk, source_credentials.c.number == revisions.c.number
    )
    mine = and_(
        revisions.c.workspace_id == workspace_id,
        revisions.c.location == location,
        revisions.c.created_at == created_at,
    )
    found = select(source_credentials.c.document).join(revisions, same).where(mine).limit(1)
    document = transaction.execute(found).scalar_one_or_none()
    return None if document is None else msgspec.json.decode(document, type=Credentials)
