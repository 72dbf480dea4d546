from collections.abc import Mapping

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Claim, Container, FromInput, Importer, Json, Resources
from modelyard.formats.pipeline_spec.fields import Fields
from modelyard.formats.pipeline_spec.interfaces import artifact_kind
from modelyard.formats.pipeline_spec.tasks import constant

_CLAIMS = {"argostub/createpvc": Claim(), "argostub/deletepvc": Claim(delete=True)}


def executor(entry: Fields, platform: Mapping[str, Json]) -> Container | Importer | Claim:
    """What a component without tasks of its own does."""
    if "container" in entry:
        return _container(entry.inner("container"), platform)
    if "importer" in entry:
        return _importer(entry.inner("importer"))
    raise InvalidInput(f"{entry.path} must have a container or an importer; nothing else can be carried out")


def _container(entry: Fields, platform: Mapping[str, Json]) -> Container | Claim:
    image = entry.text("image")
    if image in _CLAIMS:
        return _CLAIMS[image]
    return Container(
        image=image,
        command=entry.texts("command"),
        args=entry.texts("args"),
        env=[(variable.needed("name"), variable.text("value")) for variable in entry.rows("env")],
        resources=_resources(entry.inner("resources")),
        platform=platform,
    )


def _resources(entry: Fields) -> Resources:
    accelerator = entry.inner("accelerator")
    return Resources(
        cpu_limit=_quantity(entry, "resourceCpuLimit", "cpuLimit"),
        cpu_request=_quantity(entry, "resourceCpuRequest", "cpuRequest"),
        memory_limit=_quantity(entry, "resourceMemoryLimit", "memoryLimit", "G"),
        memory_request=_quantity(entry, "resourceMemoryRequest", "memoryRequest", "G"),
        accelerator_type=accelerator.text("resourceType") or accelerator.text("type"),
        accelerator_count=_quantity(accelerator, "resourceCount", "count"),
    )


def _quantity(entry: Fields, name: str, old: str, unit: str = "") -> str:
    """Older SDKs wrote numbers: cores, and gigabytes."""
    if text := entry.text(name):
        return text
    number = entry.number(old)
    return f"{number:g}{unit}" if number else ""


def _importer(entry: Fields) -> Importer:
    uri = entry.inner("artifactUri")
    return Importer(
        uri=FromInput(uri.needed("runtimeParameter")) if "runtimeParameter" in uri else constant(uri),
        kind=artifact_kind(entry, "typeSchema"),
        metadata=dict(entry.inner("metadata").value),
        reimport=entry.flag("reimport"),
        to_workspace=entry.flag("downloadToWorkspace"),
    )
