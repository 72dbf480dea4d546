"""Copies of everything, and the search for what is damaged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Progress = Callable[[str, float], None]
"""Told what is being done, and how far it has come, from 0 to 1."""

BUCKET, DIRECTORY, NONE = "bucket", "directory", "none"
SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, all of one moment. It is written last: a backup without one is not whole.

    `artifacts` is `directory` when the contents are in the backup, `bucket` when only their names are, and `none`
    when it is of the database alone. `files` are secrets, config maps and volumes: no digest, no such files.
    """

    version: str
    created_at: int
    database: str
    database_file: str
    database_sha256: str
    artifacts: str
    artifacts_location: str
    blobs: int
    bytes: int
    files_sha256: str = ""
    files_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and a sentence for each thing that is damaged or missing.

    `pages` are those of a SQLite database that could be compared with checksums.
    """

    pages: int = 0
    blobs: int = 0
    bytes: int = 0
    series: int = 0
    points: int = 0
    problems: Sequence[str] = field(default=())
