"""Where on this machine the steps of runs have their files, while the runs are under way."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from modelyard.domain.pipeline_runs import Task
from modelyard.kit.removal import remove_tree

WORKSPACE = "workspace"
LOG = "log"  # written by the executor


@dataclass(frozen=True, slots=True)
class StepFolder:
    """One try's own directory."""

    path: Path

    @property
    def output_file(self) -> Path:
        return self.path / "executor_output.json"

    @property
    def log(self) -> Path:
        return self.path / LOG

    def has_log(self) -> bool:
        """Whether anything was printed."""
        return _size(self.log) > 0

    def parameter(self, name: str) -> Path:
        return self.path / "outputs" / "parameters" / name

    def size_of_outputs(self, parameters: Iterable[str]) -> int:
        """Bytes of what a step has put out as values."""
        return sum(_size(path) for path in (self.output_file, *map(self.parameter, parameters)))

    def artifact(self, name: str) -> Path:
        return self.path / "outputs" / "artifacts" / name

    def given(self, name: str, at: int) -> Path:
        """The directory that one artifact of an input is put into, under its own name."""
        return self.path / "inputs" / name / str(at)

    def volume(self, at: int) -> Path:
        """The directory of a volume that ends with the try."""
        return self.path / "volumes" / str(at)


class Folders:
    """`root` is ours alone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def of_run(self, run_id: str) -> Path:
        return self.root / run_id

    def of_key(self, run_id: str, key: str) -> Path:
        return self.root / run_id / key

    def workspace(self, run_id: str) -> Path:
        """The directory that all steps of a run share."""
        return self.root / run_id / WORKSPACE

    def deleted(self, run_id: str, task_id: str) -> Path:
        """What is there when a task of the run has deleted a volume."""
        return self.root / run_id / "deleted" / task_id

    def remove(self, run_id: str) -> None:
        remove_tree(self.of_run(run_id))

    def keep_only(self, run_ids: AbstractSet[str]) -> None:
        """Removes what a server that was killed has left of runs that have ended."""
        if self.root.is_dir():
            for folder in self.root.iterdir():
                if folder.name not in run_ids:
                    remove_tree(folder)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def key_of(task: Task) -> str:
    """Of the task's latest try."""
    return f"{task.id}.{task.attempt}"


def task_of(key: str) -> tuple[str, int]:
    task_id, _, attempt = key.rpartition(".")
    return task_id, int(attempt)
