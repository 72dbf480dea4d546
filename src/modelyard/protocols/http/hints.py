"""What headers say about a prediction: on the way in how it should go, on the way out who answered."""

import math
import re
from collections.abc import Mapping

from modelyard.domain.errors import InvalidInput
from modelyard.formats.inference import Hints, InferenceResult
from modelyard.protocols.http.reply import Headers

REVISION = "x-modelyard-revision"
STICKY = "x-modelyard-sticky"
TIMEOUT = "x-request-timeout"
PREDICTION_ID = "x-prediction-id"
EVENT_ID = "ce-id"
MODEL_VERSION = "x-model-version"
_NONE = Hints()
_ASKED = (REVISION, STICKY, TIMEOUT, PREDICTION_ID, EVENT_ID)
_ID = re.compile(r"[!-~]{1,256}")
_LONGEST_KEY = 256


def read(headers: Mapping[str, str], timeout_us: int | str | None = None) -> Hints:
    """The hints in `headers`, whose names are in lower case; `timeout_us` is Triton's parameter, in microseconds.

    Raises InvalidInput naming the header that makes no sense.
    """
    if not timeout_us and not any(name in headers for name in _ASKED):
        return _NONE
    return Hints(
        revision=_revision(headers.get(REVISION)),
        sticky=_sticky(headers.get(STICKY, "")),
        seconds=_seconds(headers.get(TIMEOUT), timeout_us),
        prediction_id=_id(headers),
    )


def told(result: InferenceResult) -> Headers:
    """What the answer says about itself; what is not known is left out."""
    said = (
        (PREDICTION_ID, result.prediction_id),
        (REVISION, str(result.revision or "")),
        (MODEL_VERSION, result.model_version),
    )
    return tuple((name, value) for name, value in said if value)


def _revision(given: str | None) -> int | None:
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 9 or int(given) == 0:
        raise InvalidInput(f"{REVISION} is {given[:50]!r}; it must be the number of a revision, such as 3")
    return int(given)


def _sticky(given: str) -> str:
    if len(given) > _LONGEST_KEY:
        raise InvalidInput(f"{STICKY} has {len(given)} characters; it may have {_LONGEST_KEY}")
    return given


def _seconds(header: str | None, timeout_us: int | str | None) -> float | None:
    waits = []
    if header is not None:
        waits.append(_number(header, TIMEOUT, "seconds"))
    if timeout_us:
        waits.append(_number(timeout_us, "The parameter 'timeout'", "microseconds") / 1e6)
    return min(waits, default=None)


def _number(given: int | str, name: str, unit: str) -> float:
    try:
        number = float(given)
    except (ValueError, OverflowError):
        number = math.nan
    if not 0 < number < math.inf:
        raise InvalidInput(f"{name} is {str(given)[:50]!r}; it must be a number of {unit} over 0")
    return number


def _id(headers: Mapping[str, str]) -> str:
    for name in (PREDICTION_ID, EVENT_ID):
        given = headers.get(name, "")
        if not given:
            continue
        if not _ID.fullmatch(given):
            raise InvalidInput(f"{name} must be 1 to 256 visible ASCII characters without spaces")
        return given
    return ""
