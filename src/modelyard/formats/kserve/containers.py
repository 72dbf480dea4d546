"""What documents say of containers that means something for a process."""

from collections.abc import Mapping

from modelyard.domain.errors import InvalidInput, NotSupported
from modelyard.formats.kserve import kubernetes
from modelyard.formats.kserve.reader import Reader


def environment_and_memory(container: Reader) -> tuple[Mapping[str, str], int | None]:
    """Its variables, and how many bytes it may use; what else there is of it is noted as ignored."""
    env = {}
    for row in container.rows("env"):
        name = row.needed("name")
        if "valueFrom" in row:
            raise NotSupported(
                f"{row.path_of('valueFrom')}: nothing here keeps values for variables; {name[:100]} needs its value in "
                "the document"
            )
        env[name] = row.text("value")
        row.end()
    memory = None
    resources = container.inner("resources")
    if resources is not None:
        memory = _memory(resources)
        resources.ignore({"requests", "claims"})
        resources.end()
    container.ignore(kubernetes.CONTAINER)
    return env, memory


def _memory(resources: Reader) -> int | None:
    limits = resources.inner("limits")
    if limits is None:
        return None
    given = limits.text("memory")
    limits.ignore(limits.names())
    try:
        return kubernetes.quantity_bytes(given) if given else None
    except (ValueError, KeyError):
        raise InvalidInput(f"{limits.path_of('memory')} is '{given[:50]}'; write it as 512Mi or 2Gi") from None
