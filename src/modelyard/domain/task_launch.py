"""The port of what runs a pipeline's steps: this machine's processes now, Ray and Kubernetes later."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PythonStep:
    """A recognised lightweight component: its source and the function to call, what `kfp.dsl.executor_main` would do.

    `packages` are the requirement strings that its bootstrap would install, `indexes` and `trusted_hosts` its options.
    """

    source: str
    function: str
    packages: Sequence[str] = ()
    indexes: Sequence[str] = ()
    trusted_hosts: Sequence[str] = ()
    embedded: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a step occupies while it runs: cores, bytes, devices. 0 where nothing was asked for."""

    cpu: float = 0.0
    memory: int = 0
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class Mount:
    """A directory of this machine that a step, and nobody else, sees at another absolute path."""

    source: Path
    path: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Launch:
    """One try of a step. `key` is `<task id>.<attempt>`; `folder` is its own directory, made by the caller.

    `executor_input` is KFP's ExecutorInput as JSON, with plain paths whose parent directories are there; without
    `python`, `command` is run literally. `timeout` is in seconds, 0 for none; `memory_limit` in bytes, 0 for none.
    """

    key: str
    run_id: str
    folder: Path
    command: Sequence[str]
    executor_input: str
    python: PythonStep | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    needs: Needs = field(default_factory=Needs)
    timeout: float = 0.0
    memory_limit: int = 0
    mounts: Sequence[Mount] = ()


class Ending(StrEnum):
    """LOST: nobody knows, for the machine or the server ended meanwhile. REFUSED: it could not be started."""

    EXITED = "exited"
    SIGNALED = "signaled"
    TIMED_OUT = "timed out"
    CANCELED = "canceled"
    OUT_OF_MEMORY = "out of memory"
    LOST = "lost"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a try ended; `detail` is a sentence, `tail` the last lines that it printed.

    `code` is the exit code, or the number of the signal that ended it. `alone`: nobody was there any more to hear it,
    which may be why it failed.
    """

    key: str
    ending: Ending
    code: int = 0
    detail: str = ""
    tail: str = ""
    alone: bool = False


class TaskExecutor(Protocol):
    """Runs steps. Nothing here blocks for long: `start` returns when the step is under way or in line."""

    async def start(self, launch: Launch) -> None:
        """Puts a try in line; it starts when `needs` are free, fairly between runs. The same key twice is once."""

    async def next_ended(self) -> Ended:
        """The next try that has ended, each told once. Waits for it."""

    async def cancel(self, key: str) -> None:
        """Ends a try with all its descendants: SIGTERM, then SIGKILL. It is then told as CANCELED."""

    async def adopt(self, key: str, folder: Path) -> Ended | None:
        """After a restart of the server: how a try that was under way ended; None when that cannot be known."""

    def follow(self, key: str, folder: Path, offset: int = 0) -> AsyncIterator[bytes]:
        """What the try printed, from byte `offset` on, and what it prints until it ends; both streams in one.

        Where so much was printed that not all is kept, a line says so.
        """

    def running(self) -> Sequence[str]:
        """Keys of the tries that are under way (not those in line)."""

    def waiting(self) -> Sequence[str]:
        """Keys of the tries that are in line, or whose environment is being made."""

    async def cannot_mount(self) -> str:
        """Why steps can have no `mounts` here; empty where they can."""

    async def stop(self) -> None:
        """Ends everything."""
