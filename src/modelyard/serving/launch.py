"""How a replica is started, and how its end is read; what starts it is the controller's business."""

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

SHIM = Path(__file__).parent / "shim" / "main.py"
LOAD_FAILED = 3
# Model code shall neither report home nor leave byte code in the model's directory. A request is small and replicas are
# many: threads of their own for each would spin waiting for each other.
ENVIRONMENT = {
    "DO_NOT_TRACK": "true",
    "MKL_NUM_THREADS": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a replica ended: `reason` is one word for programs, `message` a sentence for people."""

    reason: str
    message: str
    exit_code: int


class _LastLine(msgspec.Struct):
    reason: str
    message: str


def command(python: Path, model: Path, socket: Path) -> tuple[str, ...]:
    """The argv of a replica of the model in directory `model` that listens on `socket`."""
    return (str(python), str(SHIM), "--model", str(model), "--socket", str(socket))


def failure(exit_code: int, tail: Sequence[str]) -> Failure:
    """Read the end of a replica out of its exit code and the last lines of its log."""
    for line in reversed(tail):
        try:
            last = msgspec.json.decode(line, type=_LastLine)
        except msgspec.DecodeError:
            continue
        if exit_code == LOAD_FAILED:
            return Failure(last.reason, last.message, exit_code)
        break
    if exit_code < 0:
        return Failure(
            "Killed",
            f"The model's process was ended by signal {-exit_code} ({signal.strsignal(-exit_code)})",
            exit_code,
        )
    return Failure("Exited", f"The model's process ended by itself with exit code {exit_code}", exit_code)
