"""Persistent volumes: directories `volumes/NAME` of the data directory, kept until somebody deletes them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from modelyard.controllers.pipelines.secrets import is_name
from modelyard.domain.errors import AlreadyExists, InvalidInput, NotFound
from modelyard.domain.pipeline_runs import Task
from modelyard.formats.pipeline_spec.quantities import amount
from modelyard.kit.removal import remove_tree

VOLUMES = "volumes"
LONGEST = 249  # the name of its note has six characters more, and that of a file at most 255


@dataclass(frozen=True, slots=True)
class _Note:
    """Beside a volume that a task made: which one it was, and the size it asked for."""

    task: str
    size: str


class Claims:
    def __init__(self, root: Path) -> None:
        self._root = root / VOLUMES

    def create(self, task: Task, prefix: str) -> str:
        """Makes what a CreatePVC asks for, and answers its name; a task that is tried again finds what it has made.

        Raises AlreadyExists when somebody else has made it.
        """
        given = task.inputs.parameters
        name, suffix = str(given.get("pvc_name") or ""), str(given.get("pvc_name_suffix") or "")
        if name and suffix:
            raise InvalidInput("Only one of pvc_name and pvc_name_suffix can be given")
        name = name or f"{prefix[:100]}-{task.id[:8]}-{suffix.lstrip('-')}".rstrip("-")
        folder = self.place(name)
        note = _Note(task.id, str(given.get("size") or ""))
        amount(note.size)  # rather now than when something is in it
        if not folder.exists():
            self._root.mkdir(mode=0o700, exist_ok=True)
            self._note(name).write_text(json.dumps(asdict(note)), "utf-8")
            folder.mkdir()
        elif (known := self._noted(name)) is None or known.task != task.id:
            raise AlreadyExists(f"There is a volume '{name}' already: {VOLUMES}/{name} in the data directory")
        return name

    def delete(self, task: Task, proof: Path) -> None:
        """With all that is in it. `proof` tells a task that is tried again that it has been there.

        Raises NotFound when there is none.
        """
        name = str(task.inputs.parameters.get("pvc_name") or "")
        folder, gone = self.place(name), proof / name
        if folder.exists():
            proof.mkdir(parents=True, exist_ok=True)
            folder.rename(gone)
            self._note(name).unlink(missing_ok=True)
        elif not proof.exists():
            raise NotFound(f"There is no volume '{name}': {VOLUMES}/{name} is not in the data directory")
        remove_tree(gone)

    def find(self, name: str) -> Path:
        """Where it is. Raises NotFound when there is none."""
        folder = self.place(name)
        if not folder.is_dir():
            raise NotFound(
                f"The step mounts the volume '{name}', which is not there: have the pipeline make it with CreatePVC, "
                f"or make the directory {VOLUMES}/{name} in the data directory"
            )
        return folder

    def size(self, name: str) -> str:
        """The quantity that it was made with, empty when nobody said."""
        known = self._noted(name)
        return known.size if known is not None else ""

    def place(self, name: str) -> Path:
        """Where it is, or would be."""
        if not is_name(name) or len(name) > LONGEST:
            raise InvalidInput(f"'{name[:100]}' cannot be the name of a volume")
        return self._root / name

    def _note(self, name: str) -> Path:
        return self._root / f".{name}.json"

    def _noted(self, name: str) -> _Note | None:
        try:
            return _Note(**json.loads(self._note(name).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None
