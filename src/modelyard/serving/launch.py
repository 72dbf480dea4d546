"""What a replica is told when it starts, and how its end is read; what starts it is the controller's business."""

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from modelyard.domain.serving_options import ServingOptions
from modelyard.serving.shim.replica import LOAD_FAILED, MLFLOW_NEEDED

PROGRAM = Path(__file__).parent / "shim" / "start.py"
# Model code shall neither report home nor leave byte code in the model's directory (shim/libraries.py keeps that of
# libraries). A request is small and replicas are many: threads of their own for each would spin waiting for each other.
ENVIRONMENT = {
    "DO_NOT_TRACK": "true",
    "MKL_NUM_THREADS": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
}
# What is read when a process starts or a library is imported, which in a fork has been already.
_EARLY = ("CUDA_", "KMP_", "LD_", "MALLOC_", "MKL_", "NUMEXPR_", "OMP_", "OPENBLAS_", "PYTHON", "TF_")
# What the models of a flavour import when they are loaded. TensorFlow is not among them: it starts threads, and those
# do not survive a fork.
_LIBRARIES = {
    "catboost": ("catboost",),
    "lightgbm": ("lightgbm",),
    "onnx": ("onnxruntime",),
    "pytorch": ("torch",),
    "sklearn": ("sklearn.compose", "sklearn.ensemble", "sklearn.linear_model", "sklearn.pipeline"),
    "statsmodels": ("statsmodels.api",),
    "xgboost": ("xgboost",),
}
_TABLES = ("pandas", "pyarrow.pandas_compat")
_MLFLOW = ("mlflow.pyfunc",)
_LOADERS = {f"mlflow.{flavor}" for flavor in _LIBRARIES} | {"mlflow.pyfunc.model", "mlflow.pyfunc.loaders.code_model"}
_FORMATS = {"cloudpickle": ("cloudpickle",), "skops": ("skops.io",)}
MODEL = "The model's process"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a replica ended: `reason` is one word for programs, `message` a sentence for people."""

    reason: str
    message: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where one replica has its files; nobody else looks there."""

    home: Path

    @property
    def socket(self) -> Path:
        return self.home / "socket"

    @property
    def plan(self) -> Path:
        return self.home / "plan.json"

    @property
    def temporary(self) -> Path:
        return self.home / "tmp"


class Rules(msgspec.Struct, frozen=True):
    """What holds for a replica whatever its model's options are.

    A request may have `row_limit` rows, 0 for any number. `compared` says that the model's runtime was found to answer
    as mlflow does before, `without_mlflow` that it shall end where it needs mlflow, `isolated` that it has no network.
    """

    row_limit: int = 0
    compared: bool = False
    without_mlflow: bool = False
    isolated: bool = False


USUAL = Rules()


class _LastLine(msgspec.Struct):
    reason: str
    message: str


def health_socket(socket: Path) -> Path:
    """Where it is asked whether the process lives, beside the socket for predictions."""
    return socket.with_name(f"{socket.name}.health")


def write_plan(
    place: Place,
    model: Path,
    document: Mapping[str, object],
    options: ServingOptions,
    rules: Rules = USUAL,
) -> None:
    """Leaves for a replica what it must know; `document` is what its MLmodel says."""
    place.temporary.mkdir(parents=True, mode=0o700, exist_ok=True)
    for socket in (place.socket, health_socket(place.socket)):
        socket.unlink(missing_ok=True)
    facts = {
        "model": str(model),
        "socket": str(place.socket),
        "health": str(health_socket(place.socket)),
        "temporary": str(place.temporary),
        "document": document,
        "variables": options.environment_variables,
        "memory": options.memory,
        "batching": options.batching.mode.value,
        "most_rows": options.batching.most_rows,
        "script": options.script,
        "direct": _may_be_direct(options),
        **msgspec.structs.asdict(rules),
    }
    place.plan.write_bytes(msgspec.json.encode(facts, enc_hook=str))


def command(python: Path, place: Place) -> tuple[str, ...]:
    """The argv of a replica by the plan at `place`."""
    return (str(python), str(PROGRAM), "replica", str(place.plan))


def program_command(python: Path, place: Place, command: Sequence[str]) -> tuple[str, ...]:
    """The argv of another program that is confined as a replica is, by the plan at `place`."""
    return (str(python), str(PROGRAM), "program", str(place.plan), *command)


def zygote_command(python: Path, descriptor: int) -> tuple[str, ...]:
    """The argv of a process that replicas are forked from, which takes its orders from `descriptor`."""
    return (str(python), str(PROGRAM), "zygote", str(descriptor))


def order(place: Place, model: Path) -> dict[str, object]:
    """What such a process is told, so that a fork of it is the replica that `command` would start."""
    return {"plan": str(place.plan), "folder": str(model)}


def libraries(flavors: Mapping[str, object], *, without_mlflow: bool = False) -> tuple[str, ...]:
    """What to import once for all replicas of models with these flavours."""
    names = [*(_TABLES if "python_function" in flavors else ())]
    if not without_mlflow:
        names += _MLFLOW if "python_function" in flavors else ()
    for flavor, told in flavors.items():
        names += _LIBRARIES.get(flavor, ())
        configuration = told if isinstance(told, Mapping) else {}
        names += _FORMATS.get(str(configuration.get("serialization_format", "")), ())
        loader = str(configuration.get("loader_module", ""))
        if loader in _LOADERS and not without_mlflow:
            names.append(loader)
    return tuple(names)


def may_need_no_mlflow(flavors: Mapping[str, object], options: ServingOptions) -> bool:
    """Whether there is a chance that the model can be asked as mlflow asks it, without mlflow; its replica knows."""
    pyfunc = flavors.get("python_function")
    told = pyfunc if isinstance(pyfunc, Mapping) else {}
    return _may_be_direct(options) and told.get("loader_module") == "mlflow.sklearn" and not told.get("code")


def needs_mlflow(failure: Failure) -> bool:
    """Whether it ended because it was to do without, and cannot."""
    return failure.exit_code == MLFLOW_NEEDED


def _may_be_direct(options: ServingOptions) -> bool:
    """Who forbids mlflow to load pickles means us, too."""
    return "MLFLOW_ALLOW_PICKLE_DESERIALIZATION" not in options.environment_variables


def may_be_forked(options: ServingOptions) -> bool:
    """Whether a fork is the same to the model as a process of its own."""
    return not any(name.startswith(_EARLY) for name in options.environment_variables)


def failure(exit_code: int, tail: Sequence[str], who: str = MODEL) -> Failure:
    """Read the end of a process out of its exit code and the last lines of its log; `who` is what it is called."""
    last = next(filter(None, map(_said, reversed(tail))), None)
    if last is not None and exit_code == LOAD_FAILED:
        return Failure(last.reason, last.message, exit_code)
    if exit_code < 0:
        return Failure(
            "Killed",
            f"{who} was ended by signal {-exit_code} ({signal.strsignal(-exit_code)})",
            exit_code,
        )
    return Failure("Exited", f"{who} ended by itself with exit code {exit_code}", exit_code)


def for_people(tail: Sequence[str]) -> str:
    """The last lines of its log without the one that is for us."""
    return "\n".join(line for line in tail if _said(line) is None)


def _said(line: str) -> _LastLine | None:
    try:
        return msgspec.json.decode(line, type=_LastLine)
    except msgspec.DecodeError:
        return None
