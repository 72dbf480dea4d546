import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import uv

from modelyard.domain.errors import InvalidInput
from modelyard.executors import own, requirements
from modelyard.executors.processes import child_environment
from modelyard.executors.requirements import Requirements

Progress = Callable[[str], None]
MARKER = "modelyard-environment.json"
LEAVING = ".leaving"
CAP = 20 << 30
LOCK_INTERVAL = 0.1
ERROR_LINES = 15
# Besides what any child sees: where packages come from and how to get there.
INSTALLER_PREFIXES = ("UV_", "XDG_")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")
INSTALLER_NAMES = frozenset({"NETRC", *PROXIES, *(name.lower() for name in PROXIES)})


class EnvironmentKind(StrEnum):
    """LOCAL: the server's own Python. UV: an environment built from the model's requirements."""

    LOCAL = "local"
    UV = "uv"


class Lease:
    """A built environment is not removed while anybody, in whatever process, has one of these."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def __del__(self) -> None:
        os.close(self._handle)


@dataclass(frozen=True, slots=True)
class Environment:
    """Where to run a model; `key` names a built environment, None is the server's own.

    `note` says in what small things it is not what the model asks for. As long as somebody has this, it stays.
    """

    python: Path
    key: str | None = None
    note: str = field(default="", compare=False)
    lease: Lease | None = field(default=None, compare=False, repr=False)


class Environments:
    """Makes environments, each requirement set once, under `<cache>/environments/<key>`.

    `reads_environment` is the server's environment, of which the installer sees what tells it where packages are.
    When all together have more than `cap` bytes, those that were not used for longest go, but never one in use.
    """

    def __init__(self, cache: Path, reads_environment: Mapping[str, str], cap: int = CAP) -> None:
        self._root = cache / "environments"
        self._cap = cap
        installer = {
            key: value
            for key, value in reads_environment.items()
            if key in INSTALLER_NAMES or key.startswith(INSTALLER_PREFIXES)
        }
        self._env = child_environment(reads_environment, installer)

    async def prepare(self, kind: EnvironmentKind, model: Path, progress: Progress) -> Environment:
        """The environment for the model in directory `model`, built when it is missing.

        `progress` is called with one line at a time. Raises InvalidInput with the resolver's last lines, or with the
        packages that the server's own environment lacks.
        """
        if kind is EnvironmentKind.LOCAL:
            note = await asyncio.to_thread(own.check, model)
            return Environment(Path(sys.executable), note=note)
        return await self.build(await asyncio.to_thread(requirements.read, model), progress)

    async def build(self, needs: Requirements, progress: Progress) -> Environment:
        """One with these requirements, made when it is missing. Raises InvalidInput with the resolver's last lines."""
        home = self._root / needs.key
        while (lease := _leased(home / MARKER)) is None:
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            async with _locked(self._root / f"{needs.key}.lock", progress):
                if not (home / MARKER).exists():
                    await self._build(needs, home, progress)
        await asyncio.to_thread(self._thin_out)
        return Environment(home / "bin" / "python", needs.key, lease=lease)

    async def _build(self, needs: Requirements, home: Path, progress: Progress) -> None:
        """In a directory of its own, moved into place when complete: a half-built environment is never seen."""
        for left in self._root.glob(f"{needs.key}-*"):  # by a build that was killed; the lock is ours
            await asyncio.to_thread(shutil.rmtree, left, ignore_errors=True)
        building = Path(tempfile.mkdtemp(prefix=f"{needs.key}-", dir=self._root))
        try:
            venv = building / "venv"
            progress(f"Making an environment with Python {needs.python}")
            await self._uv(["venv", "--relocatable", "--python", _interpreter(needs), str(venv)], progress)
            await self._install(needs, building, venv, progress)
            size = await asyncio.to_thread(_size, venv)
            facts = {
                "python": needs.python,
                "packages": needs.packages,
                "constraints": needs.constraints,
                "bare": needs.bare,
                "bytes": size,
            }
            (venv / MARKER).write_text(json.dumps(facts, indent=1), "utf-8")
            await asyncio.to_thread(_replace, venv, home)
        finally:
            await asyncio.to_thread(shutil.rmtree, building, ignore_errors=True)

    async def _install(self, needs: Requirements, building: Path, venv: Path, progress: Progress) -> None:
        packages, constraints = building / "requirements.txt", building / "constraints.txt"
        packages.write_text("\n".join(needs.packages) + "\n", "utf-8")
        constraints.write_text("\n".join(needs.constraints) + "\n", "utf-8")
        progress(f"Installing {len(needs.packages) + len(needs.bare)} requirements")
        python = str(venv / "bin" / "python")
        argv = ["pip", "install", "--python", python, *needs.options]
        if needs.packages:
            await self._uv([*argv, "-r", str(packages), "-c", str(constraints)], progress)
        if needs.bare:
            await self._uv([*argv, "--no-deps", *needs.bare], progress)

    def _thin_out(self) -> None:
        """The newest of all is the one just asked for."""
        for left in self._root.glob(f"*{LEAVING}"):  # by a removal that was killed, or that another server is at
            shutil.rmtree(left, ignore_errors=True)
        found = sorted(filter(None, map(_looked_at, self._root.glob(f"*/{MARKER}"))))
        total = sum(size for _, size, _ in found)
        for _, size, marker in found[:-1]:
            if total <= self._cap:
                return
            if _removed(marker):
                total -= size

    async def _uv(self, arguments: list[str], progress: Progress) -> None:
        process = await asyncio.create_subprocess_exec(
            uv.find_uv_bin(),
            *arguments,
            "--no-progress",
            "--color=never",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._env,
            cwd=self._root,
            start_new_session=True,
        )
        last: deque[str] = deque(maxlen=ERROR_LINES)
        try:
            async for line in _lines(process.stdout):
                last.append(line)
                progress(line)
            code = await process.wait()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            raise
        if code:
            raise InvalidInput(f"The environment cannot be built: {_reason(list(last))}")


def _reason(said: list[str]) -> str:
    """In one line, since many who show it show the first only; `said` are the resolver's last lines."""
    begins = [at for at, line in enumerate(said) if line.lstrip().startswith(("error", "\N{MULTIPLICATION SIGN}"))]
    return " ".join(line.strip() for line in said[max(begins, default=0) :])


def _interpreter(needs: Requirements) -> str:
    """Our own Python when it is the wanted minor version, so that nothing need be found or fetched."""
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    return sys.executable if needs.python == ours else needs.python


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*"))


def _leased(marker: Path) -> Lease | None:
    """None when there is no complete environment, or when it is just being removed."""
    try:
        handle = os.open(marker, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    lease = Lease(handle)
    try:
        if not _try_lock(handle, fcntl.LOCK_SH) or not os.path.samestat(os.fstat(handle), marker.stat()):
            return None
        os.utime(marker)
    except FileNotFoundError:
        return None
    return lease


def _looked_at(marker: Path) -> tuple[float, int, Path] | None:
    """When the environment was used last and its bytes; None when it is being removed."""
    try:
        return marker.stat().st_mtime, json.loads(marker.read_bytes()).get("bytes", 0), marker
    except (FileNotFoundError, NotADirectoryError):
        return None


def _removed(marker: Path) -> bool:
    """Whether it could be removed: nobody uses it, and nobody makes it anew or removes it just now."""
    home = marker.parent
    with contextlib.ExitStack() as held:
        for path, flags in ((home.with_name(f"{home.name}.lock"), os.O_CREAT), (marker, 0)):
            try:
                handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
            except FileNotFoundError:
                return False
            held.callback(os.close, handle)
            if not _try_lock(handle, fcntl.LOCK_EX):
                return False
        leaving = home.with_name(f"{home.name}{LEAVING}")
        home.rename(leaving)  # from here on nobody finds it
        shutil.rmtree(leaving, ignore_errors=True)
    return True


def _replace(venv: Path, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)  # left by an older layout or a hand: it has no marker
    venv.rename(home)


async def _lines(stream: asyncio.StreamReader | None) -> AsyncIterator[str]:
    if stream is None:
        return
    while chunk := await stream.readline():
        line = chunk.decode("utf-8", "replace").rstrip()
        if line:
            yield line


@contextlib.asynccontextmanager
async def _locked(path: Path, progress: Progress) -> AsyncIterator[None]:
    """Hold a lock that other servers on the same cache see too; it ends with the process that holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        waited = False
        while not _try_lock(handle, fcntl.LOCK_EX):
            if not waited:
                progress("Waiting for another build of the same environment")
                waited = True
            await asyncio.sleep(LOCK_INTERVAL)
        yield
    finally:
        os.close(handle)


def _try_lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
