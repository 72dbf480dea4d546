import re
from collections.abc import Mapping
from dataclasses import replace

from modelyard.domain import names
from modelyard.domain.errors import AlreadyExists, InvalidInput, InvalidState, NotFound
from modelyard.domain.listing import Listed, Listing
from modelyard.domain.pipelines import NewPipeline, NewVersion, Pipeline, PipelineVersion
from modelyard.domain.principals import Principal, Resource
from modelyard.formats.pipeline_spec import reading
from modelyard.kit.clock import now_ms
from modelyard.kit.ids import hex_id
from modelyard.kit.threads import in_thread
from modelyard.services import listings
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.storage import events
from modelyard.storage import pipelines as storage
from modelyard.storage.database import Database, Transaction

NAME_LENGTH = 128
MOST_TAGS = 100
TAG_LENGTH = 63
_KIND = "pipeline"
_TAG = re.compile(rf"[^\x00-\x1f]{{1,{TAG_LENGTH}}}")


class Pipelines:
    """Use cases of pipelines and their versions.

    Every call raises PermissionDenied when the principal may not, NotFound for an unknown id.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, principal: Principal, new: NewPipeline, version: NewVersion | None = None
    ) -> tuple[Pipeline, PipelineVersion | None]:
        """A pipeline, with a first version if one is given, named like it unless it has a name.

        Raises InvalidInput for a bad name, tag or document, AlreadyExists for a name taken.
        """
        authorize(principal, "pipelines.create", Resource(_KIND))
        pipeline = _made(new)
        first = None if version is None else await _version(version, pipeline)

        def work(transaction: Transaction) -> None:
            if storage.by_name(transaction, principal.workspace_id, pipeline.name) is not None:
                raise AlreadyExists(
                    f"There is a pipeline named '{pipeline.name}' already; choose another name, or add a version to it"
                )
            pk = storage.insert_one(transaction, principal.workspace_id, pipeline)
            events.record(transaction, event(principal, "pipeline.created", _resource(pipeline.id), name=pipeline.name))
            if first is not None:
                _store_version(transaction, principal, pk, first)

        await self._database.write(work)
        return pipeline, first

    async def get(self, principal: Principal, pipeline_id: str) -> Pipeline:
        """Without its versions."""
        authorize(principal, "pipelines.read", _resource(pipeline_id))
        return await self._database.read(lambda transaction: existing(transaction, principal, pipeline_id)[1])

    async def get_by_name(self, principal: Principal, name: str) -> Pipeline:
        """Raises NotFound for an unknown name."""
        authorize(principal, "pipelines.read", Resource(_KIND))
        found = await self._database.read(
            lambda transaction: storage.by_name(transaction, principal.workspace_id, name)
        )
        if found is None:
            raise NotFound(f"There is no pipeline named '{name}'")
        return found[1]

    async def list(self, principal: Principal, listing: Listing) -> Listed[Pipeline]:
        """Raises InvalidInput for what cannot be filtered or sorted by, or a foreign page token."""
        authorize(principal, "pipelines.read", Resource(_KIND))
        return await listings.read(
            self._database,
            ("pipelines", principal.workspace_id),
            listing,
            lambda transaction, after: storage.find(transaction, principal.workspace_id, listing, after),
        )

    async def update(
        self, principal: Principal, pipeline_id: str, values: Mapping[str, str | Mapping[str, str]]
    ) -> Pipeline:
        """`values` by name: display_name, description, tags."""
        authorize(principal, "pipelines.update", _resource(pipeline_id))
        checked = _changes(values)

        def work(transaction: Transaction) -> Pipeline:
            pk, _ = existing(transaction, principal, pipeline_id)
            storage.change(transaction, pk, checked)
            changed = event(principal, "pipeline.updated", _resource(pipeline_id), changed=", ".join(sorted(checked)))
            events.record(transaction, changed)
            return existing(transaction, principal, pipeline_id)[1]

        return await self._database.write(work)

    async def delete(self, principal: Principal, pipeline_id: str, *, with_versions: bool = False) -> None:
        """Runs keep what they run. Raises InvalidState when it has versions and these are not to go with it."""
        authorize(principal, "pipelines.delete", _resource(pipeline_id))

        def work(transaction: Transaction) -> None:
            pk, pipeline = existing(transaction, principal, pipeline_id)
            if not with_versions and storage.has_versions(transaction, pk):
                raise InvalidState(
                    f"The pipeline '{pipeline.name}' has versions; delete these first, or ask for all with cascade"
                )
            storage.remove(transaction, principal.workspace_id, pk)
            gone = event(principal, "pipeline.deleted", _resource(pipeline_id), name=pipeline.name)
            events.record(transaction, gone)

        await self._database.write(work)

    async def add_version(self, principal: Principal, pipeline_id: str, new: NewVersion) -> PipelineVersion:
        """Raises InvalidInput for a bad name, tag or document, AlreadyExists for a name taken in this pipeline."""
        authorize(principal, "pipelines.update", _resource(pipeline_id))
        pipeline = await self.get(principal, pipeline_id)
        version = await _version(new, replace(pipeline, name=f"version-{now_ms()}", display_name=""))

        def work(transaction: Transaction) -> None:
            pk, _ = existing(transaction, principal, pipeline_id)
            _store_version(transaction, principal, pk, version)

        await self._database.write(work)
        return version

    async def version(self, principal: Principal, pipeline_id: str, version_id: str) -> PipelineVersion:
        """With its document."""
        authorize(principal, "pipelines.read", _resource(pipeline_id))
        return await self._database.read(
            lambda transaction: existing_version(transaction, principal, pipeline_id, version_id)
        )

    async def versions(self, principal: Principal, pipeline_id: str, listing: Listing) -> Listed[PipelineVersion]:
        """Raises InvalidInput as `list` does."""
        authorize(principal, "pipelines.read", _resource(pipeline_id))
        return await listings.read(
            self._database,
            ("versions", pipeline_id),
            listing,
            lambda transaction, after: storage.find_versions(
                transaction, existing(transaction, principal, pipeline_id)[0], listing, after
            ),
        )

    async def update_version(
        self, principal: Principal, pipeline_id: str, version_id: str, values: Mapping[str, str | Mapping[str, str]]
    ) -> PipelineVersion:
        """`values` by name: display_name, description, tags."""
        authorize(principal, "pipelines.update", _resource(pipeline_id))
        checked = _changes(values)

        def work(transaction: Transaction) -> PipelineVersion:
            existing_version(transaction, principal, pipeline_id, version_id)
            storage.change_version(transaction, version_id, checked)
            changed = event(
                principal,
                "pipeline.version_updated",
                _resource(pipeline_id),
                version=version_id,
                changed=", ".join(sorted(checked)),
            )
            events.record(transaction, changed)
            return existing_version(transaction, principal, pipeline_id, version_id)

        return await self._database.write(work)

    async def delete_version(self, principal: Principal, pipeline_id: str, version_id: str) -> None:
        """Runs of it keep what they run."""
        authorize(principal, "pipelines.delete", _resource(pipeline_id))

        def work(transaction: Transaction) -> None:
            version = existing_version(transaction, principal, pipeline_id, version_id)
            storage.remove_version(transaction, principal.workspace_id, version_id)
            gone = event(principal, "pipeline.version_deleted", _resource(pipeline_id), version=version.name)
            events.record(transaction, gone)

        await self._database.write(work)


def existing(transaction: Transaction, principal: Principal, pipeline_id: str) -> tuple[int, Pipeline]:
    """The row's key and the pipeline. Raises NotFound."""
    found = storage.by_id(transaction, principal.workspace_id, pipeline_id)
    if found is None:
        raise NotFound(f"There is no pipeline {pipeline_id}")
    return found


def existing_version(
    transaction: Transaction, principal: Principal, pipeline_id: str, version_id: str
) -> PipelineVersion:
    """With its document; any pipeline's for an empty pipeline id. Raises NotFound."""
    found = storage.version_by_id(transaction, principal.workspace_id, version_id)
    if found is None or pipeline_id not in ("", found.pipeline_id):
        raise NotFound(f"The pipeline {pipeline_id} has no version {version_id}")
    return found


def chosen_version(
    transaction: Transaction, principal: Principal, pipeline_id: str, version_id: str
) -> PipelineVersion:
    """The version that is named, else the newest of the pipeline. Raises NotFound."""
    if version_id:
        return existing_version(transaction, principal, pipeline_id, version_id)
    newest = storage.newest_version(transaction, principal.workspace_id, pipeline_id)
    if newest is None:
        existing(transaction, principal, pipeline_id)
        raise NotFound(f"The pipeline {pipeline_id} has no versions")
    return newest


def _made(new: NewPipeline) -> Pipeline:
    name = _name(new.name, "pipeline")
    return Pipeline(
        id=hex_id(),
        name=name,
        display_name=names.free_text(new.display_name, "display name") or name,
        description=names.free_text(new.description, "description"),
        created_at=now_ms(),
        tags=_tags(new.tags),
    )


async def _version(new: NewVersion, pipeline: Pipeline) -> PipelineVersion:
    """Named like the pipeline unless it has names of its own."""
    _, document = await in_thread(reading.read, new.document)
    chosen = _name(new.name or pipeline.name, "version")
    return PipelineVersion(
        pipeline_id=pipeline.id,
        id=hex_id(),
        name=chosen,
        display_name=names.free_text(new.display_name, "display name") or pipeline.display_name or chosen,
        description=names.free_text(new.description, "description"),
        created_at=now_ms(),
        document=document,
        package_url=new.package_url,
        code_url=new.code_url,
        tags=_tags(new.tags),
    )


def _store_version(transaction: Transaction, principal: Principal, pk: int, version: PipelineVersion) -> None:
    if storage.version_by_name(transaction, pk, version.name) is not None:
        raise AlreadyExists(f"The pipeline has a version named '{version.name}' already; choose another name")
    storage.insert_version(transaction, principal.workspace_id, pk, version)
    added = event(
        principal,
        "pipeline.version_created",
        _resource(version.pipeline_id),
        version=version.id,
        name=version.name,
    )
    events.record(transaction, added)


def _name(name: str, what: str) -> str:
    if not name:
        raise InvalidInput(f"The {what} has no name")
    if len(name) > NAME_LENGTH:
        raise InvalidInput(f"The {what}'s name has {len(name)} characters; it may have {NAME_LENGTH}")
    return names.free_text(name, f"{what} name")


def _tags(tags: Mapping[str, str]) -> Mapping[str, str]:
    if len(tags) > MOST_TAGS:
        raise InvalidInput(f"There are {len(tags)} tags; there may be {MOST_TAGS}")
    for key, value in tags.items():
        if not _TAG.fullmatch(key) or len(value) > TAG_LENGTH:
            raise InvalidInput(
                f"The tag '{key[:TAG_LENGTH]}' is too long or has signs that cannot be shown; a key and a value may "
                f"have {TAG_LENGTH} characters each"
            )
        names.free_text(value, "tag")
    return tags


def _changes(values: Mapping[str, str | Mapping[str, str]]) -> dict[str, str | Mapping[str, str]]:
    return {
        name: names.free_text(value, name) if isinstance(value, str) else _tags(value) for name, value in values.items()
    }


def _resource(pipeline_id: str) -> Resource:
    return Resource(_KIND, pipeline_id)
