from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A named set of versions. Times are milliseconds since the epoch."""

    id: str
    name: str
    display_name: str
    description: str
    created_at: int
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PipelineVersion:
    """`document` is the IR that was uploaded: JSON with its `platforms` beside; empty where it was not asked for."""

    pipeline_id: str
    id: str
    name: str
    display_name: str
    description: str
    created_at: int
    document: bytes = b""
    package_url: str = ""
    code_url: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewPipeline:
    """An empty display name is the name."""

    name: str
    display_name: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewVersion:
    """An empty name is made up; `document` is what was uploaded: YAML, JSON, zip or tar.gz."""

    document: bytes
    name: str = ""
    display_name: str = ""
    description: str = ""
    package_url: str = ""
    code_url: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
