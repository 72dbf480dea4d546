"""What can go wrong with a request, and whose fault it is."""

from __future__ import annotations

import traceback

MESSAGE_LIMIT = 1000
# Where libraries judge the input: what is raised there is about the request, not about the model.
JUDGES_ANYWHERE = ("sklearn.utils.validation",)
JUDGES_INNERMOST = (
    "catboost._catboost",
    "lightgbm.basic",
    "mlflow.statsmodels",
    "mlflow.types.type_hints",
    "prophet.forecaster",
    "sklearn.compose._column_transformer",
    "sklearn.preprocessing._encoders",
    "statsmodels.base.model",
    "statsmodels.tsa.base.tsa_model",
    "xgboost.core",
    "xgboost.data",
)
PREFACES = ("returned by patsy is:", "Error: ")
JUDGEMENTS = ("CatBoostError", "MlflowException", "PatsyError")  # beside Python's own


class BadInput(Exception):
    """The request cannot be what this model takes."""


class TooManyRows(Exception):
    """The request is more than one may ask for at a time."""


class PredictionFailed(Exception):
    """The model itself raised, or answered with something that cannot be sent."""


class NotSupported(Exception):
    """A request that other models answer, but not this one."""


class WrongRows(Exception):
    """The model's answer to several requests cannot be taken apart again."""


def refuses_input(error: BaseException) -> bool:
    """Whether what a model raised is a judgement of its input."""
    kind = type(error).__name__
    known = isinstance(error, (ValueError, TypeError, KeyError)) or kind in JUDGEMENTS
    if not known or kind in {"NotFittedError", "XGBoostError"}:
        return False
    modules = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(modules) and (modules[-1] in JUDGES_INNERMOST or any(name in JUDGES_ANYWHERE for name in modules))


def concise(error: BaseException) -> str:
    """The error's own words; mlflow puts the whole request before them, and statsmodels a guess."""
    text = str(getattr(error, "message", None) or error)
    for preface in PREFACES:
        text = text.rpartition(preface)[2]
    return text.strip()[:MESSAGE_LIMIT] or type(error).__name__


def of_model(error: Exception) -> Exception:
    """What to tell the caller about an exception out of the model's code."""
    if isinstance(error, (BadInput, TooManyRows, PredictionFailed, NotSupported)):
        return error
    if refuses_input(error):
        return BadInput(concise(error))
    traceback.print_exc()
    if isinstance(error, MemoryError):
        return PredictionFailed("The model ran out of the memory it may use; send fewer rows, or deploy it with more")
    return PredictionFailed(f"The model raised {type(error).__name__}: {concise(error)}")


def missing(package: str, what: str) -> NotSupported:
    return NotSupported(f"{what} needs the Python package '{package}', which the model's environment does not have")


def load_failure(error: BaseException) -> dict[str, str]:
    """Why a model could not be loaded: a word for programs, a sentence for people."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ModuleNotFoundError):
            message = f"The model needs the Python module '{cause.name}', which its environment does not have"
            return {"reason": "MissingModule", "message": message}
        if isinstance(cause, MemoryError):
            return {"reason": "OutOfMemory", "message": "The model does not fit into the memory it may use"}
        cause = cause.__cause__ or cause.__context__
    return {"reason": "LoadFailed", "message": f"{type(error).__name__}: {str(error)[:MESSAGE_LIMIT]}"}
