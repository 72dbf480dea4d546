from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Blob:
    """Immutable bytes, named by what they are: `digest` is `sha256:` and 64 hexadecimal digits."""

    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A blob that is there, and when it was put last (seconds since the epoch)."""

    blob: Blob
    put_at: float


@dataclass(frozen=True, slots=True)
class File:
    """A path of a workspace and the blob it stands for. Times are milliseconds since the epoch."""

    path: str
    blob: Blob
    modified_at: int


@dataclass(frozen=True, slots=True)
class FileInfo:
    """One line of a directory's listing; a directory has no size."""

    path: str
    is_dir: bool
    size: int | None = None

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]
