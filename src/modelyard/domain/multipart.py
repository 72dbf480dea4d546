"""Files that come in parts which their clients put into the store themselves."""

from dataclasses import dataclass
from enum import StrEnum


class UploadState(StrEnum):
    OPEN = "open"
    STORED = "stored"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class MultipartUpload:
    """A file on its way to a path of a workspace, in parts numbered 1 to `parts`."""

    id: str
    workspace_id: int
    path: str
    parts: int
    state: UploadState = UploadState.OPEN


@dataclass(frozen=True, slots=True)
class Part:
    """What a client has put as one part, by the ETag that the store has told it, without quotes."""

    number: int
    etag: str
    size: int
