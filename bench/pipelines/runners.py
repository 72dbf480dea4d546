"""Who runs pipelines, where it lives, and what a pipeline costs it."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.servers import Running
from bench.serving.peers import environment

FLOWS = Path(__file__).parent / "flows"
ENVIRONMENTS = Path(".cache/bench")
OURS = "modelyard"
KFP = ("kfp==2.17.0", "pip")
QUIET = {
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "METAFLOW_USER": "bench",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of a whole pipeline."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Runner:
    """A program of `flows`, with the packages it needs. `steps` are the two lengths whose difference is measured."""

    label: str
    flow: str
    packages: Sequence[str]
    options: Sequence[str] = ()
    steps: tuple[int, int] = (5, 25)

    def run(self, shape: str, steps: int, up: Running | None = None) -> Cost:
        """With what its children took; of ours, what the server and its steps took, and its own clock of the run."""
        where = [up.url] if up else []
        argv = [str(self._python()), str(FLOWS / self.flow), shape, str(steps), *self.options, *where]
        with tempfile.TemporaryDirectory(prefix="bench-flow-") as directory:
            env = {**_surroundings(), **QUIET}
            before, begun = self._spent(up), time.perf_counter()
            done = subprocess.run(argv, cwd=directory, env=env, capture_output=True, text=True, check=False)
            wall = time.perf_counter() - begun
        if done.returncode:
            raise RuntimeError(f"{self.label} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        spent = self._spent(up) - before
        return Cost(float(done.stdout.rpartition("WALL ")[2]) if up else wall, spent)

    @staticmethod
    def _spent(up: Running | None) -> float:
        """CPU of the server with its steps, or of all that has run here and ended."""
        if up is not None:
            return up.cpu_seconds()
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def _python(self) -> Path:
        if not self.packages:
            return Path(sys.executable)
        return environment(ENVIRONMENTS.absolute() / f"pipelines-{self.flow.removesuffix('_flow.py')}", self.packages)


def _surroundings() -> dict[str, str]:
    """Without what would keep Python from storing what it has compiled: each step would compile its imports again."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}  # noqa: TID251


RUNNERS = {
    "kfp.local-bare": Runner("kfp.local, venv off, no install", "kfp_flow.py", KFP, ("local", "bare")),
    "kfp.local": Runner("kfp.local, venv off", "kfp_flow.py", KFP, ("local", "installing")),
    "kfp.local-venv": Runner("kfp.local, default", "kfp_flow.py", KFP, ("local", "venv"), steps=(1, 3)),
    "metaflow": Runner("Metaflow local", "metaflow_flow.py", ["metaflow==2.19.39"]),
    "dagster": Runner("Dagster multiprocess", "dagster_flow.py", ["dagster==1.13.28"], steps=(2, 8)),
}
US = Runner(OURS, "kfp_flow.py", [], steps=(5, 105))
