import hashlib
from pathlib import Path

from modelyard.domain import outside_models as domain
from modelyard.domain.endpoints import Revision
from modelyard.domain.models import ResolvedModel
from modelyard.domain.outside_models import Credentials
from modelyard.domain.principals import SYSTEM, Principal
from modelyard.storage import outside_models as storage
from modelyard.storage import source_credentials
from modelyard.storage.database import Database, Transaction


class OutsideModels:
    """Models in buckets, and in the directories of this machine that `roots` allow; of at most `largest` bytes each.

    What a revision serves is copied once and then stays as it was. Nothing of it is loaded here.
    """

    def __init__(self, database: Database, roots: tuple[Path, ...] = (), largest: int = 1 << 40) -> None:
        self._database = database
        self._roots = roots
        self._largest = largest

    def resolve(self, uri: str) -> ResolvedModel:
        """Raises InvalidInput for a URI that cannot be, and for a directory that is not allowed."""
        if uri.startswith("s3:"):
            return ResolvedModel(domain.checked_bucket(uri))
        domain.checked_folder(uri, self._roots)
        return ResolvedModel(uri)

    async def fetch(self, revision: Revision, models: Path) -> Path:
        """The copy of the revision's model below `models`, made when it is missing.

        Raises NotFound, InvalidInput, TooLarge, Unavailable.
        """
        location = revision.location
        named = hashlib.sha256(f"{location} {revision.created_at}".encode()).hexdigest()[:32]
        target = models / named
        if target.is_dir():
            return target
        if location.startswith("s3:"):
            found = await self._database.read(
                lambda transaction: source_credentials.of_location(
                    transaction, SYSTEM.workspace_id, location, revision.created_at
                )
            )
            await storage.fetch_bucket(location, found, target, self._largest)
        else:
            await storage.fetch_folder(domain.checked_folder(location, self._roots), target, self._largest)
        return target


def keep(transaction: Transaction, principal: Principal, pk: int, number: int, credentials: Credentials) -> None:
    """Stores credentials with a revision; nobody is shown them."""
    source_credentials.put(transaction, principal.workspace_id, pk, number, credentials)
