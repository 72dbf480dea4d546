import json
from collections.abc import Callable, Sequence

from modelyard.domain import names
from modelyard.domain.errors import InvalidInput
from modelyard.domain.events import Event
from modelyard.domain.model_uris import OfAlias, OfVersion
from modelyard.domain.models import ModelVersion, NewVersion, ResolvedModel, Stage
from modelyard.domain.pages import Page, PageRequest
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.query import Filter, Order
from modelyard.formats import page_tokens
from modelyard.kit.clock import now_ms
from modelyard.services import model_lineage, notifications, paging
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.services.models import check_tag, key_of, not_found, resource
from modelyard.services.notifications import Happened
from modelyard.storage import events, logged_models, model_aliases, model_history, model_search, models
from modelyard.storage import model_versions as storage
from modelyard.storage.database import Database, Transaction

MOST_PER_PAGE = 200_000
VERSIONS_TAG = "mlflow.modelVersions"
"""The tag of a logged model that lists the versions made of it."""


Change = Callable[[Transaction, int, int, ModelVersion], None]
"""What to do with a version: given the keys of the model's row and its own, and the version as it is."""


class ModelVersions:
    """Use cases of model versions, their aliases and stages.

    Every call raises PermissionDenied when the principal may not, InvalidInput for what no model can be called, and
    NotFound for a model or version that is not there. `moved` is called when an alias may name another version.
    """

    def __init__(self, database: Database, moved: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._moved = moved

    async def create(self, principal: Principal, name: str, new: NewVersion) -> ModelVersion:
        """Gives out the next number, without gaps and to nobody else; numbers of deleted versions do not come back.

        Raises InvalidInput for a bad tag and for a source that is not inside the run or logged model it is said to be
        of, that names another host, or that leads out of where it starts.
        """
        authorize(principal, "models.update", resource(name))
        names.model_name(name)
        _check(new)

        def work(transaction: Transaction) -> ModelVersion:
            lineage = model_lineage.lineage(transaction, principal, new)
            now = now_ms()
            numbered = models.next_number(transaction, principal.workspace_id, name, now)
            if numbered is None:
                raise not_found(name)
            model_pk, number = numbered
            version = ModelVersion(
                name=name,
                number=number,
                source=lineage.source,
                location=lineage.location,
                created_at=now,
                updated_at=now,
                description=new.description,
                user=principal.name,
                run_id=lineage.run_id,
                run_link=new.run_link,
                model_id=lineage.model_id,
                tags=dict(new.tags),
            )
            pk = storage.insert_one(transaction, principal.workspace_id, model_pk, version)
            storage.put_tags(transaction, principal.workspace_id, pk, new.tags)
            _link_back(transaction, principal, version)
            created = event(principal, "version.created", resource(name), version=number, source=lineage.source)
            events.record(transaction, created)
            told = notifications.version_created(version)
            notifications.tell(transaction, principal, Happened.VERSION_CREATED, model_pk, told)
            return version

        version = await self._database.write(work)
        self._moved()
        return version

    async def get(self, principal: Principal, name: str, number: int) -> ModelVersion:
        """With tags and aliases."""
        return await self._at(principal, OfVersion(name, number))

    async def by_alias(self, principal: Principal, name: str, alias: str) -> ModelVersion:
        """`latest` is the highest version whatever its stage. Raises AliasNotFound for an alias that is not set."""
        return await self._at(principal, OfAlias(name, alias))

    async def describe(self, principal: Principal, name: str, number: int, description: str) -> ModelVersion:
        """Replaces the description."""
        names.free_text(description, "description")

        def change(transaction: Transaction, _: int, pk: int, __: ModelVersion) -> None:
            storage.change(transaction, pk, now_ms(), description=description)
            events.record(transaction, event(principal, "version.described", resource(name), version=number))

        return await self._change(principal, "models.update", name, number, change)

    async def delete(self, principal: Principal, name: str, number: int) -> None:
        """For good, with the aliases that point to it."""
        authorize(principal, "models.delete", resource(name))
        names.model_name(name)

        def work(transaction: Transaction) -> None:
            model_pk, pk, _ = _existing(transaction, principal, name, number)
            aliases = model_aliases.remove_of_version(transaction, model_pk, number)
            storage.remove(transaction, pk)
            models.touch(transaction, model_pk, now_ms())
            moves = [_alias_moved(principal, name, alias, number, None) for alias in aliases]
            deleted = event(principal, "version.deleted", resource(name), version=number)
            events.record(transaction, *moves, deleted)

        await self._database.write(work)
        self._moved()

    async def set_tag(self, principal: Principal, name: str, number: int, key: str, value: str) -> None:
        """Adds or replaces a tag. Raises InvalidInput for a key over 250 or a value over 100,000 characters."""
        check_tag(key, value)

        def change(transaction: Transaction, model_pk: int, pk: int, _: ModelVersion) -> None:
            storage.put_tags(transaction, principal.workspace_id, pk, [(key, value)])
            events.record(transaction, event(principal, "version.tagged", resource(name), version=number, key=key))
            told = {"name": name, "version": str(number), "key": key, "value": value}
            notifications.tell(transaction, principal, Happened.VERSION_TAG_SET, model_pk, told)

        await self._change(principal, "models.update", name, number, change)

    async def delete_tag(self, principal: Principal, name: str, number: int, key: str) -> None:
        """Without such a tag there is nothing to do."""
        names.tag_key(key)

        def change(transaction: Transaction, model_pk: int, pk: int, _: ModelVersion) -> None:
            if storage.remove_tag(transaction, pk, key):
                untagged = event(principal, "version.untagged", resource(name), version=number, key=key)
                events.record(transaction, untagged)
                told = {"name": name, "version": str(number), "key": key}
                notifications.tell(transaction, principal, Happened.VERSION_TAG_DELETED, model_pk, told)

        await self._change(principal, "models.update", name, number, change)

    async def move(
        self, principal: Principal, name: str, number: int, stage: Stage, *, archive_existing: bool = False
    ) -> ModelVersion:
        """Puts a version into a stage; `archive_existing` archives what was in that stage.

        Raises InvalidInput when there is nothing to archive in such a stage: only Staging and Production are in use.
        """
        if archive_existing and not stage.active:
            raise InvalidInput(
                f"Model version transition cannot archive existing model versions because '{stage}' is not an Active "
                "stage. Valid stages are ['Staging', 'Production']"
            )

        def change(transaction: Transaction, model_pk: int, pk: int, before: ModelVersion) -> None:
            now = now_ms()
            others = storage.archive_others(transaction, model_pk, stage, number, now) if archive_existing else []
            storage.change(transaction, pk, now, stage=stage)
            models.touch(transaction, model_pk, now)
            moves = [_stage_moved(principal, name, other, stage, Stage.ARCHIVED) for other in others]
            if before.stage is not stage:
                moves.append(_stage_moved(principal, name, number, before.stage, stage))
            events.record(transaction, *moves)

        return await self._change(principal, "models.promote", name, number, change)

    async def set_alias(self, principal: Principal, name: str, alias: str, number: int) -> None:
        """Sets an alias or moves it here. Raises InvalidInput for one that is badly written or reserved."""
        names.alias(alias)

        def change(transaction: Transaction, model_pk: int, _: int, __: ModelVersion) -> None:
            told = {"name": name, "alias": alias, "version": str(number)}
            notifications.tell(transaction, principal, Happened.ALIAS_SET, model_pk, told)
            before = model_aliases.number_of(transaction, model_pk, alias)
            if before == number:
                return  # webhooks are told all the same, as by MLflow: setting it again may be meant to start something
            model_aliases.put(transaction, principal.workspace_id, model_pk, alias, number)
            events.record(transaction, _alias_moved(principal, name, alias, before, number))

        await self._change(principal, "models.promote", name, number, change)
        self._moved()

    async def delete_alias(self, principal: Principal, name: str, alias: str) -> None:
        """Without such an alias there is nothing to do. Raises InvalidInput for what cannot be an alias."""
        authorize(principal, "models.promote", resource(name))
        names.model_name(name)
        names.written_alias(alias)

        def work(transaction: Transaction) -> None:
            model_pk = key_of(transaction, principal, name, lock=True)
            before = model_aliases.number_of(transaction, model_pk, alias)
            if before is not None:
                model_aliases.remove(transaction, model_pk, alias)
                events.record(transaction, _alias_moved(principal, name, alias, before, None))
                told = {"name": name, "alias": alias}
                notifications.tell(transaction, principal, Happened.ALIAS_DELETED, model_pk, told)

        await self._database.write(work)
        self._moved()

    async def search(
        self, principal: Principal, filter_: Filter, order: Sequence[Order], page: PageRequest
    ) -> Page[ModelVersion]:
        """Last updated first, then by name and the highest number, unless ordered; prompts only when asked for.

        Raises InvalidInput for a page over 200,000 or a foreign token.
        """
        authorize(principal, "models.read", Resource(model_history.KIND))
        paging.check_limit(page, MOST_PER_PAGE)
        digest = page_tokens.digest_of("versions", filter_, tuple(order))
        after = paging.start(page, digest)
        items, last = await self._database.read(
            lambda transaction: model_search.search_versions(
                transaction, principal.workspace_id, filter_, order, after, page.limit
            )
        )
        return paging.finish(items, last, digest)

    async def resolve(self, principal: Principal, uri: str) -> ResolvedModel:
        """Where the model's files are, for models:/NAME/VERSION, models:/NAME@ALIAS, models:/NAME/STAGE,
        models:/NAME/latest, models:/m-ID, runs:/RUN_ID/PATH and mlflow-artifacts:/PATH.

        Raises InvalidInput for anything else, NotFound for what is not there. That files are at the location is not
        looked at.
        """
        authorize(principal, "models.read", Resource(model_history.KIND))
        return await self._database.read(lambda transaction: model_lineage.resolve(transaction, principal, uri))

    async def _at(self, principal: Principal, address: OfVersion | OfAlias) -> ModelVersion:
        authorize(principal, "models.read", resource(address.name))
        return await self._database.read(lambda transaction: model_lineage.version_at(transaction, principal, address))

    async def _change(self, principal: Principal, action: str, name: str, number: int, change: Change) -> ModelVersion:
        authorize(principal, action, resource(name))
        names.model_name(name)

        def work(transaction: Transaction) -> ModelVersion:
            model_pk, pk, before = _existing(transaction, principal, name, number)
            change(transaction, model_pk, pk, before)
            return model_lineage.existing(transaction, model_pk, name, number)

        return await self._database.write(work)


def _check(new: NewVersion) -> None:
    names.free_text(new.description, "description")
    names.free_text(new.run_link, "run_link")
    names.free_text(new.run_id or "", "run_id")
    for key, value in new.tags:
        check_tag(key, value)


def _existing(transaction: Transaction, principal: Principal, name: str, number: int) -> tuple[int, int, ModelVersion]:
    """The keys of the model's row, which is locked, and of the version's, and the version. Raises NotFound."""
    model_pk = key_of(transaction, principal, name, lock=True)
    row = storage.row_of(transaction, model_pk, number)
    if row is None:
        raise model_lineage.version_not_found(name, number)
    return model_pk, row.pk, storage.complete(transaction, [row])[0]


def _link_back(transaction: Transaction, principal: Principal, version: ModelVersion) -> None:
    """Tells the logged model what was made of it."""
    if not version.model_id:
        return
    workspace_id = principal.workspace_id
    pk = logged_models.keys_of(transaction, workspace_id, [version.model_id]).get(version.model_id)
    if pk is None:
        return
    link = {"name": version.name, "version": version.number}
    listed = _listed(logged_models.tag_of(transaction, pk, VERSIONS_TAG))
    if link not in listed:
        logged_models.put_tags(transaction, workspace_id, pk, [(VERSIONS_TAG, json.dumps([*listed, link]))])


def _listed(tag: str | None) -> list[object]:
    try:
        listed = json.loads(tag or "[]")
    except ValueError:  # anybody may set this tag to anything
        return []
    return listed if isinstance(listed, list) else []


def _alias_moved(principal: Principal, name: str, alias: str, before: int | None, after: int | None) -> Event:
    return event(principal, model_history.ALIAS_MOVED, resource(name), alias=alias, before=before, after=after)


def _stage_moved(principal: Principal, name: str, number: int, before: Stage, after: Stage) -> Event:
    return event(principal, model_history.STAGE_MOVED, resource(name), version=number, before=before, after=after)
