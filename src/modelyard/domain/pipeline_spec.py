"""A pipeline as the Kubeflow Pipelines SDK compiles it (the IR, schema 2.1.0), read into frozen values.

The words are those of `pipeline_spec.proto` in the package kfp-pipeline-spec. Names of tasks and components are unique
within their scope only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


class ParameterType(StrEnum):
    NUMBER_DOUBLE = "NUMBER_DOUBLE"
    NUMBER_INTEGER = "NUMBER_INTEGER"
    STRING = "STRING"
    BOOLEAN = "BOOLEAN"
    LIST = "LIST"
    STRUCT = "STRUCT"
    TASK_FINAL_STATUS = "TASK_FINAL_STATUS"
    TASK_CONFIG = "TASK_CONFIG"


@dataclass(frozen=True, slots=True)
class Parameter:
    """`default` counts only with `has_default`: null is a default too. With `literals`, no other value is taken."""

    type: ParameterType
    optional: bool = False
    has_default: bool = False
    default: Json = None
    literals: Sequence[Json] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class ArtifactKind:
    """What an artifact is: `schema_title` such as system.Dataset; `many` for a list of them."""

    schema_title: str
    schema_version: str
    many: bool = False
    optional: bool = False
    metadata: Mapping[str, Json] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True, slots=True)
class Interface:
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    artifacts: Mapping[str, ArtifactKind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Constant:
    """May hold placeholders; `selector` is CEL that picks from it."""

    value: Json
    selector: str = ""


@dataclass(frozen=True, slots=True)
class FromInput:
    """The enclosing component's input of that name."""

    name: str
    selector: str = ""


@dataclass(frozen=True, slots=True)
class FromTask:
    """An output of a task in the same DAG; of a loop it is the list of what its iterations put out."""

    task: str
    output: str
    selector: str = ""


@dataclass(frozen=True, slots=True)
class FinalStatus:
    """How a task of the same DAG ended: a PipelineTaskFinalStatus."""

    task: str
    selector: str = ""


Source: TypeAlias = Constant | FromInput | FromTask | FinalStatus


@dataclass(frozen=True, slots=True)
class Loop:
    """Runs the component once for each item. `items` is JSON with placeholders, or an input of the task itself."""

    item_input: str
    items: str
    from_input: bool
    over_artifacts: bool = False
    parallelism: int = 0  # 0: as many as there is room for


@dataclass(frozen=True, slots=True)
class Retry:
    """Seconds; the n-th pause is `backoff * factor ** n`, at most `longest`."""

    most: int = 0
    backoff: float = 0.0
    factor: float = 2.0
    longest: float = 3600.0


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """`even_after_failure`: it starts once all it depends on has ended, however that was."""

    name: str
    display_name: str
    component: str
    parameters: Mapping[str, Source] = field(default_factory=dict)
    artifacts: Mapping[str, Sequence[Source]] = field(default_factory=dict)  # of all of these, in order
    depends_on: Sequence[str] = ()
    condition: str = ""  # CEL over inputs.parameter_values
    even_after_failure: bool = False
    loop: Loop | None = None
    retry: Retry = field(default_factory=Retry)
    caching: bool = False
    cache_key: str = ""


@dataclass(frozen=True, slots=True)
class OutputOf:
    task: str
    output: str


@dataclass(frozen=True, slots=True)
class Dag:
    """An output taken from several tasks is that of the first which produced one."""

    tasks: Mapping[str, TaskSpec]
    parameters: Mapping[str, Sequence[OutputOf]] = field(default_factory=dict)
    artifacts: Mapping[str, Sequence[OutputOf]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resources:
    """As written, since each may hold a placeholder: `500m`, `2G`, `{{$.inputs.parameters['gpus']}}`."""

    cpu_limit: str = ""
    cpu_request: str = ""
    memory_limit: str = ""
    memory_request: str = ""
    accelerator_type: str = ""
    accelerator_count: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    image: str
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Sequence[tuple[str, str]] = ()
    resources: Resources = field(default_factory=Resources)
    platform: Mapping[str, Json] = field(default_factory=dict)  # of the kubernetes platform, as written


@dataclass(frozen=True, slots=True)
class Importer:
    """Makes an artifact of what is there already. `uri` is a constant or one of the component's inputs."""

    uri: Constant | FromInput
    kind: ArtifactKind
    metadata: Mapping[str, Json] = field(default_factory=dict)
    reimport: bool = False
    to_workspace: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """Makes a persistent volume, or deletes one: what kfp-kubernetes has as a container that nothing runs."""

    delete: bool = False


@dataclass(frozen=True, slots=True)
class Component:
    """With `passthroughs`, the fields of a task that it is told in a TASK_CONFIG: true for those that count as well."""

    name: str
    inputs: Interface
    outputs: Interface
    body: Dag | Container | Importer | Claim
    passthroughs: Mapping[str, bool] = field(default_factory=dict)

    def applies(self, passed: str) -> bool:
        """Whether a field such as ENV or RESOURCES counts for the step itself."""
        return self.passthroughs.get(passed, True)


@dataclass(frozen=True, slots=True)
class PipelineSpec:
    """`components` by name; `platforms` and `config` (workspace, time to live, deadline) are as written."""

    name: str
    display_name: str
    description: str
    root: Component
    components: Mapping[str, Component]
    default_root: str = ""
    sdk_version: str = ""
    config: Mapping[str, Json] = field(default_factory=dict)
    platforms: Mapping[str, Json] = field(default_factory=dict)
