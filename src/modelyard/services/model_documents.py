"""What a model says of itself: its signature and its input example."""

from dataclasses import dataclass

from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.models import ResolvedModel
from modelyard.domain.principals import Principal
from modelyard.formats import mlmodel
from modelyard.formats.mlmodel import MLModel
from modelyard.services.artifacts import Artifacts, location_path
from modelyard.services.model_versions import ModelVersions

LONGEST_EXAMPLE = 1 << 16


@dataclass(frozen=True, slots=True)
class ModelDocument:
    """The MLmodel document at a model's address, and its input example unless that is long."""

    resolved: ResolvedModel
    path: str
    model: MLModel
    example: bytes | None


class ModelDocuments:
    """Reading what models say of themselves."""

    def __init__(self, versions: ModelVersions, artifacts: Artifacts) -> None:
        self._versions = versions
        self._artifacts = artifacts

    async def of(self, principal: Principal, uri: str) -> ModelDocument:
        """Raises as `ModelVersions.resolve`; InvalidInput also for files kept elsewhere and for no MLmodel."""
        resolved = await self._versions.resolve(principal, uri)
        path = location_path(resolved.location)
        document = await self._bytes(principal, f"{path}/MLmodel", mlmodel.SIZE_LIMIT)
        if document is None:
            raise InvalidInput(f"The MLmodel document of '{uri}' is over {mlmodel.SIZE_LIMIT} bytes")
        model = mlmodel.parse(document)
        return ModelDocument(resolved, path, model, await self._example(principal, path, model))

    async def _example(self, principal: Principal, path: str, model: MLModel) -> bytes | None:
        if model.input_example is None:
            return None
        try:
            return await self._bytes(principal, f"{path}/{model.input_example}", LONGEST_EXAMPLE)
        except (InvalidInput, NotFound):  # the document names a file that is not there
            return None

    async def _bytes(self, principal: Principal, path: str, most: int) -> bytes | None:
        """None when there are more than `most`."""
        file = await self._artifacts.get(principal, path)
        if file.blob.size > most:
            return None
        return b"".join([part async for part in await self._artifacts.read(file)])
