import os
import threading
from pathlib import Path

from modelyard.executors import pipes

CAP = 8 << 20
DRAIN_SECONDS = 1.0
_CHUNK = 1 << 16


class CappedLog:
    """A log file fed through a pipe. At `cap` bytes it moves to `<name>.1`, so at most twice that is kept.

    A pipe rather than the file itself, because a child that holds the file can fill the disk between two looks.
    """

    def __init__(self, path: Path, cap: int = CAP) -> None:
        self._path = path
        self._cap = cap
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._open(path)
        self._source, self.sink = os.pipe()
        self._complete = threading.Event()
        pipes.watch(self._source, self._copy)

    def close_sink(self) -> None:
        """Our own copy of the writing end; the child has its own."""
        os.close(self.sink)

    @property
    def complete(self) -> bool:
        """Whether nobody has its writing end any more, and all that was written has arrived."""
        return self._complete.is_set()

    def finish(self) -> None:
        """Wait until what was written has arrived. A grandchild that keeps the pipe open is not waited for."""
        self._complete.wait(DRAIN_SECONDS)

    def tail(self, lines: int) -> tuple[str, ...]:
        return tail(self._path, lines)

    def _copy(self) -> bool:
        """What there is; whether there may be more."""
        if chunk := os.read(self._source, _CHUNK):
            self._write(chunk)
            return True
        os.close(self._file)
        self._complete.set()
        return False

    def _write(self, chunk: bytes) -> None:
        if os.fstat(self._file).st_size + len(chunk) > self._cap:
            self._roll()
        try:
            os.write(self._file, chunk)
        except OSError:
            return  # a full disk must not block the child on its own output

    def _roll(self) -> None:
        """Go on in a file that has room."""
        self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        os.close(self._file)
        self._file = self._open(self._path)

    @staticmethod
    def _open(path: Path) -> int:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def tail(path: Path, lines: int) -> tuple[str, ...]:
    """The last lines of the log at `path`, nothing when there is none."""
    text = _end_of(path)
    if text.count("\n") < lines:
        text = _end_of(path.with_name(f"{path.name}.1")) + text
    return tuple(text.splitlines()[-lines:])


def _end_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _CHUNK))
            return file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
