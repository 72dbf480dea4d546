import abc
import asyncio
import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from modelyard.domain.errors import InvalidInput
from modelyard.executors.logs import CappedLog

# What a child may see of the server's environment. Everything else is passed on purpose or not at all, so that no
# database address, cloud key or setting of ours reaches user code.
INHERITED = frozenset(
    {
        "HOME",
        "LANG",
        "LANGUAGE",
        "LD_LIBRARY_PATH",
        "LOGNAME",
        "PATH",
        "SHELL",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "TMPDIR",
        "TZ",
        "USER",
        "CUDA_VISIBLE_DEVICES",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
    }
)
INHERITED_PREFIXES = ("LC_",)


def child_environment(base: Mapping[str, str], extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The part of `base` that a child may see, with `extra` on top."""
    passed = {key: value for key, value in base.items() if key in INHERITED or key.startswith(INHERITED_PREFIXES)}
    return passed | dict(extra or {})


class Process(abc.ABC):
    """A child in a process group of its own, which ends with it.

    Its stdin is its lifeline: it stays open as long as we live, and ends when we do.
    """

    def __init__(self, pid: int, lifeline: int, log: CappedLog) -> None:
        self.pid = pid
        self._lifeline: int | None = lifeline
        self._log = log
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number when a signal ended it."""
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        """Its exit code, once it has ended and its log is complete."""
        return await asyncio.shield(self._ended)

    async def stop(self, grace: float) -> int:
        """Ask the group to end, and kill it after `grace` seconds."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                return await self.wait()
        self._signal(signal.SIGKILL)
        return await self.wait()

    def tail(self, lines: int) -> tuple[str, ...]:
        """The last lines it wrote."""
        return self._log.tail(lines)

    @abc.abstractmethod
    def _signal(self, number: signal.Signals) -> None:
        """To the whole group, unless it has ended: then its id may be somebody else's."""

    def _end(self, code: int) -> None:
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None
        if not self._ended.done():
            self._ended.set_result(code)


class _Spawned(Process):
    def __init__(self, child: subprocess.Popen[bytes], lifeline: int, log: CappedLog) -> None:
        super().__init__(child.pid, lifeline, log)
        self._child = child
        self._reaping = threading.Lock()
        threading.Thread(target=self._watch, args=(asyncio.get_running_loop(),), daemon=True).start()

    def _signal(self, number: signal.Signals) -> None:
        with self._reaping, contextlib.suppress(ProcessLookupError, PermissionError):
            if self._child.returncode is None:
                os.killpg(self.pid, number)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        self._signal(signal.SIGKILL)  # the rest of the group
        with self._reaping:
            code = self._child.wait()
        self._log.finish()
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
            loop.call_soon_threadsafe(self._end, code)


class LocalProcesses:
    """Starts programs on this machine. `base` is the server's environment, of which children see little."""

    def __init__(self, base: Mapping[str, str]) -> None:
        self._base = dict(base)

    async def start(
        self, argv: Sequence[str], env: Mapping[str, str], cwd: Path, log_path: Path, keep: Sequence[int] = ()
    ) -> Process:
        """Start `argv` in `cwd` with `env` on top of what is inherited; stdout and stderr go to `log_path`, capped.

        The child has our descriptors in `keep` too. Raises InvalidInput when the program cannot be started.
        """
        return self._start(argv, child_environment(self._base, env), cwd, log_path, keep)

    @staticmethod
    def _start(argv: Sequence[str], env: Mapping[str, str], cwd: Path, log_path: Path, keep: Sequence[int]) -> Process:
        log = CappedLog(log_path)
        lifeline_end, lifeline = os.pipe()
        try:
            child = subprocess.Popen(
                list(argv),
                stdin=lifeline_end,
                stdout=log.sink,
                stderr=log.sink,
                cwd=cwd,
                env=env,
                start_new_session=True,
                umask=0o077,
                pass_fds=keep,
            )
        except OSError as error:
            os.close(lifeline)
            log.close_sink()
            log.finish()
            raise InvalidInput(f"{argv[0]} cannot be started in {cwd}: {error.strerror}") from None
        finally:
            os.close(lifeline_end)
        log.close_sink()
        return _Spawned(child, lifeline, log)
