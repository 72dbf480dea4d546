from collections.abc import Sequence

from modelyard.domain import names
from modelyard.domain.errors import AlreadyExists, InvalidInput, NotFound
from modelyard.domain.models import Model, ModelVersion, Move
from modelyard.domain.pages import Page, PageRequest
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.query import Filter, Order
from modelyard.formats import page_tokens
from modelyard.kit.clock import now_ms
from modelyard.services import notifications, paging
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.services.notifications import Happened
from modelyard.storage import events, model_aliases, model_history, model_search, model_versions
from modelyard.storage import models as storage
from modelyard.storage.database import Database, Transaction

MOST_PER_PAGE = 1_000
MOST_MOVES = 10_000


class Models:
    """Use cases of registered models. Every call raises PermissionDenied when the principal may not.

    Calls that name a model raise InvalidInput for what no model can be called, NotFound for one that is not there.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, principal: Principal, name: str, description: str = "", tags: Sequence[tuple[str, str]] = ()
    ) -> Model:
        """Raises InvalidInput for a bad name or tag, AlreadyExists for a name taken. Of equal keys the last wins."""
        authorize(principal, "models.create", Resource("model"))
        names.model_name(name)
        names.free_text(description, "description")
        for key, value in tags:
            check_tag(key, value)

        def work(transaction: Transaction) -> Model:
            if storage.key_of(transaction, principal.workspace_id, name) is not None:
                raise AlreadyExists(f"Registered Model (name={name}) already exists.")
            pk = storage.insert_one(transaction, principal.workspace_id, name, description, now_ms())
            storage.put_tags(transaction, principal.workspace_id, pk, tags)
            events.record(transaction, event(principal, model_history.CREATED, resource(name)))
            told = notifications.created(name, tags, description)
            notifications.tell(transaction, principal, Happened.CREATED, pk, told)
            return _existing(transaction, principal, name)

        return await self._database.write(work)

    async def get(self, principal: Principal, name: str) -> Model:
        """With tags, aliases and the newest version of each stage."""
        authorize(principal, "models.read", resource(name))
        names.model_name(name)
        return await self._database.read(lambda transaction: _existing(transaction, principal, name))

    async def rename(self, principal: Principal, name: str, new_name: str) -> Model:
        """Versions, tags, aliases and history follow. Raises AlreadyExists for a name taken."""
        authorize(principal, "models.update", resource(name))
        names.model_name(name)
        names.model_name(new_name, "new_name")

        def work(transaction: Transaction) -> Model:
            pk = key_of(transaction, principal, name, lock=True)
            if new_name == name:
                return _existing(transaction, principal, name)
            if storage.key_of(transaction, principal.workspace_id, new_name) is not None:
                raise AlreadyExists(f"Registered Model (name={new_name}) already exists.")
            storage.rename(transaction, pk, new_name, now_ms())
            for called in (new_name, name):
                change = event(principal, model_history.RENAMED, resource(called), before=name, after=new_name)
                events.record(transaction, change)
            return _existing(transaction, principal, new_name)

        return await self._database.write(work)

    async def describe(self, principal: Principal, name: str, description: str) -> Model:
        """Replaces the description."""
        authorize(principal, "models.update", resource(name))
        names.model_name(name)
        names.free_text(description, "description")

        def work(transaction: Transaction) -> Model:
            storage.describe(transaction, key_of(transaction, principal, name), description, now_ms())
            events.record(transaction, event(principal, "model.described", resource(name)))
            return _existing(transaction, principal, name)

        return await self._database.write(work)

    async def delete(self, principal: Principal, name: str) -> None:
        """For good, with all versions; only the history stays. Version numbers start again if the name does."""
        authorize(principal, "models.delete", resource(name))
        names.model_name(name)

        def work(transaction: Transaction) -> None:
            pk = key_of(transaction, principal, name, lock=True)
            aliases = model_aliases.of_models(transaction, [pk]).get(pk, {})
            storage.remove(transaction, pk)
            gone = [
                event(principal, model_history.ALIAS_MOVED, resource(name), alias=alias, before=number, after=None)
                for alias, number in aliases.items()
            ]
            events.record(transaction, *gone, event(principal, "model.deleted", resource(name)))

        await self._database.write(work)

    async def set_tag(self, principal: Principal, name: str, key: str, value: str) -> None:
        """Adds or replaces a tag. Raises InvalidInput for a key over 250 or a value over 100,000 characters."""
        authorize(principal, "models.update", resource(name))
        names.model_name(name)
        check_tag(key, value)

        def work(transaction: Transaction) -> None:
            pk = key_of(transaction, principal, name)
            storage.put_tags(transaction, principal.workspace_id, pk, [(key, value)])
            events.record(transaction, event(principal, "model.tagged", resource(name), key=key))
            told = {"name": name, "key": key, "value": value}
            notifications.tell(transaction, principal, Happened.TAG_SET, pk, told)

        await self._database.write(work)

    async def delete_tag(self, principal: Principal, name: str, key: str) -> None:
        """Without such a tag there is nothing to do."""
        authorize(principal, "models.update", resource(name))
        names.model_name(name)
        names.tag_key(key)

        def work(transaction: Transaction) -> None:
            pk = key_of(transaction, principal, name)
            if storage.remove_tag(transaction, pk, key):
                events.record(transaction, event(principal, "model.untagged", resource(name), key=key))
                notifications.tell(transaction, principal, Happened.TAG_DELETED, pk, {"name": name, "key": key})

        await self._database.write(work)

    async def latest(self, principal: Principal, name: str) -> Sequence[ModelVersion]:
        """The newest version of each stage that has one."""
        authorize(principal, "models.read", resource(name))
        names.model_name(name)

        def work(transaction: Transaction) -> Sequence[ModelVersion]:
            pk = key_of(transaction, principal, name)
            aliases = model_aliases.of_models(transaction, [pk])
            return model_versions.latest(transaction, [pk], aliases).get(pk, ())

        return await self._database.read(work)

    async def history(
        self, principal: Principal, name: str, limit: int = 1_000, before: int | None = None
    ) -> Sequence[Move]:
        """Every move of an alias or stage, newest first, also from before a rename; up to 10,000 older than `before`.

        A deleted model's history can still be read. Raises NotFound for a name that no model ever had.
        """
        authorize(principal, "models.read", resource(name))
        if not 1 <= limit <= MOST_MOVES:
            raise InvalidInput(f"Invalid value {limit} for parameter 'limit'. It must be between 1 and {MOST_MOVES}")

        def work(transaction: Transaction) -> Sequence[Move]:
            found = model_history.moves(transaction, principal.workspace_id, name, before, limit)
            if not found and not events.newest(transaction, principal.workspace_id, model_history.KIND, name, None, 1):
                raise not_found(name)
            return found

        return await self._database.read(work)

    async def search(
        self, principal: Principal, filter_: Filter, order: Sequence[Order], page: PageRequest
    ) -> Page[Model]:
        """By name unless ordered; prompts only when the filter asks for them.

        Raises InvalidInput for a page over 1,000 or a foreign token.
        """
        authorize(principal, "models.read", Resource("model"))
        paging.check_limit(page, MOST_PER_PAGE)
        digest = page_tokens.digest_of("models", filter_, tuple(order))
        after = paging.start(page, digest)
        items, last = await self._database.read(
            lambda transaction: model_search.search_models(
                transaction, principal.workspace_id, filter_, order, after, page.limit
            )
        )
        return paging.finish(items, last, digest)


def key_of(transaction: Transaction, principal: Principal, name: str, *, lock: bool = False) -> int:
    """The key of a model's row. Raises NotFound."""
    pk = storage.key_of(transaction, principal.workspace_id, name, lock=lock)
    if pk is None:
        raise not_found(name)
    return pk


def not_found(name: str) -> NotFound:
    """The refusal of a name that no model has."""
    return NotFound(f"Registered Model with name={name} not found")


def check_tag(key: str, value: str) -> None:
    """Raises InvalidInput for a key or value that tags of models and versions cannot have."""
    names.tag_key(key)
    names.model_tag_value(value)


def resource(name: str) -> Resource:
    """A model as something to authorise and to write events about."""
    return Resource(model_history.KIND, name)


def _existing(transaction: Transaction, principal: Principal, name: str) -> Model:
    found = storage.by_name(transaction, principal.workspace_id, name)
    if found is None:
        raise not_found(name)
    return found
