import asyncio
import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path

from modelyard.domain.errors import ModelyardError
from modelyard.executors.processes import LocalProcesses
from modelyard.serving import launch
from modelyard.serving.acceleration import inline, verdict
from modelyard.serving.acceleration.inline import InlineModel

log = logging.getLogger("modelyard.endpoints")
CONVERSION_TIMEOUT = 300.0
_CONVERT = Path(inline.__file__).with_name("convert.py")


@dataclass(frozen=True, slots=True)
class Acceleration:
    """What came of trying: `model` answers in the gateway, or is None and `said` tells why.

    `size` is about how many bytes it takes there.
    """

    model: InlineModel | None
    said: str
    size: int = 0


class Accelerator:
    """Converts models, each of them once, in a process without credentials and off the path of requests.

    What it finds is kept under `cache` by the name of the model's directory, which stands for what is in it.
    """

    def __init__(self, processes: LocalProcesses, cache: Path) -> None:
        self._processes = processes
        self._cache = cache
        self._one_at_a_time = asyncio.Lock()

    async def accelerate(self, model: Path, python: Path) -> Acceleration:
        """The model in a directory, converted with its Python. Never raises: the replica answers anyway."""
        kept = self._cache / model.name
        try:
            async with self._one_at_a_time:
                if not (kept / verdict.VERDICT).exists():
                    await self._convert(model, python, kept)
            told = verdict.read(kept)
            if not told.accepted:
                return Acceleration(None, str(told))
            accelerated = await asyncio.to_thread(InlineModel, kept)
        except ModelyardError as error:
            return Acceleration(None, f"not accelerated: {error.message}")
        except OSError as error:
            return Acceleration(None, f"not accelerated: {error}")
        return Acceleration(accelerated, str(told), accelerated.size)

    async def _convert(self, model: Path, python: Path, kept: Path) -> None:
        """In a directory of its own, moved into place with its verdict."""
        self._cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix="converting-", dir=self._cache) as directory:
            work = Path(directory)
            command = (str(python), str(_CONVERT), "--model", str(model), "--output", str(work))
            process = await self._processes.start(command, launch.ENVIRONMENT, cwd=work, log_path=work / "log")
            try:
                async with asyncio.timeout(CONVERSION_TIMEOUT):
                    await process.wait()
            except TimeoutError:
                log.warning("the conversion of %s took over %g s and was given up", model.name, CONVERSION_TIMEOUT)
            finally:
                await process.stop(0)
            verdict.read(work)
            await asyncio.to_thread(_move, work, kept)


def _move(work: Path, kept: Path) -> None:
    """The verdict last: where it is, all is there."""
    kept.mkdir(mode=0o700, exist_ok=True)
    for name in (verdict.GRAPH, verdict.VERDICT):
        if (work / name).exists():
            (work / name).replace(kept / name)
