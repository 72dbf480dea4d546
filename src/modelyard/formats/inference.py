"""What a prediction is asked with and answered with, whichever protocol carries it.

Numbers stay the JSON text they arrived as: only the model's own process, which knows the signature, reads them.
"""

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from modelyard.domain.errors import InvalidInput

_WIDTHS = (8, 16, 32, 64)
DATATYPES = (
    "BOOL",
    *(f"UINT{bits}" for bits in _WIDTHS),
    *(f"INT{bits}" for bits in _WIDTHS),
    *(f"FP{bits}" for bits in _WIDTHS[1:]),
    "BF16",
    "BYTES",
)
"""The element types of the Open Inference Protocol; FP16 and BF16 are best sent raw."""

CONTENT_TYPES = ("np", "pd", "str", "base64", "datetime")
"""What tensors can stand for: an array, columns of a table, text, bytes in base64, times in ISO 8601."""


class Verb(StrEnum):
    """What the model is asked for."""

    PREDICT = "predict"
    EXPLAIN = "explain"
    STREAM = "stream"  # to answer in pieces


class Form(StrEnum):
    """How the rows of a request are laid out."""

    DATAFRAME_SPLIT = "dataframe_split"
    DATAFRAME_RECORDS = "dataframe_records"
    INSTANCES = "instances"
    INPUTS = "inputs"
    CSV = "csv"
    PARQUET = "parquet"
    TENSORS = "tensors"
    SCORING = "scoring"  # arguments of a scoring script, as a JSON object
    DOCUMENT = "document"  # any JSON object: for a transformer, or for a model that one talks with


class Encoding(StrEnum):
    """How the elements of a tensor are written.

    RAW is little-endian and row-major: BOOL one byte each, BYTES a uint32 length before each element.
    """

    JSON = "json"
    RAW = "raw"


_OF_SERVERS = frozenset(
    {
        "binary_data_output",
        "content_type",
        "headers",
        "priority",
        "sequence_end",
        "sequence_id",
        "sequence_start",
        "timeout",
    }
)
CONVERSATION = ("messages", "prompt", "input")
"""Keys that MLflow's scoring server takes for its unified interface for language models."""

JSON_FORMS = (Form.DATAFRAME_SPLIT, Form.DATAFRAME_RECORDS, Form.INSTANCES, Form.INPUTS)
ROWS = (Form.INSTANCES, Form.INPUTS)
_SHORTEST_PARQUET = 12  # magic, length of the footer, magic


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """What a model takes or gives under one name; -1 in `shape` is a dimension of any size."""

    name: str
    datatype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One named array; `data` holds its elements in row-major order, raw or as JSON, nested or flat.

    `content_type` says what it stands for where its sender did: np, pd, str, base64 or datetime.
    """

    name: str
    datatype: str
    shape: tuple[int, ...]
    data: bytes
    encoding: Encoding = Encoding.JSON
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One output that the caller asked for by name, and how it is to be written."""

    name: str
    encoding: Encoding = Encoding.JSON


@dataclass(frozen=True, slots=True)
class InferenceRequest:
    """One prediction to make.

    `payload` is the JSON text of the form's value, or the CSV, Parquet or scoring bytes; with TENSORS the rows are in
    `tensors` instead. `positional` lets rows without column names follow the order of the signature. With TENSORS,
    `wanted` names the outputs to answer with (all when empty) and `encoding` how those not named are written.
    `document` is the whole JSON object that the form's value was in, where there was one. `headers` are the caller's,
    with names in lower case, where a transformer may want to know them.
    """

    form: Form
    payload: bytes = b""
    tensors: tuple[Tensor, ...] = ()
    params: bytes | None = None
    positional: bool = False
    verb: Verb = Verb.PREDICT
    content_type: str = ""
    wanted: tuple[Wanted, ...] = ()
    encoding: Encoding = Encoding.JSON
    document: bytes = field(default=b"", compare=False, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class InferenceResult:
    """The answer of one model version: `predictions` as JSON text, or `outputs` when tensors were asked with.

    `whole` says that the predictions are the whole of a transformer's answer, which is to be handed on as it is.
    `revision` is the endpoint's revision that answered; `prediction_id` names the answer in the payload log.
    """

    endpoint: str
    model_version: str
    predictions: bytes = b""
    outputs: tuple[Tensor, ...] = ()
    revision: int = 0
    prediction_id: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Hints:
    """What a caller says about the way its request should go, apart from the prediction itself.

    `revision` asks for one revision whatever the traffic split; `sticky` sends equal keys to the same revision;
    `seconds` is how long the caller waits at most; `prediction_id` is the caller's own id of the request.
    """

    revision: int | None = None
    sticky: str = ""
    seconds: float | None = None
    prediction_id: str = ""


def may_be_param(parameter: str) -> bool:
    """Whether a parameter of a request of V2 may be one of the model's params: it is none of those of its servers."""
    return parameter not in _OF_SERVERS and not parameter.startswith("triton_")


def parse_json(body: bytes, forms: tuple[Form, ...] = JSON_FORMS, *, positional: bool = False) -> InferenceRequest:
    """Read a JSON object holding exactly one of `forms`, and `params` beside it.

    The forms are those of MLflow's scoring protocol 2.0 and of KServe's V1. Raises InvalidInput.
    """
    return _one_of(forms, _decode_object(body), body, positional=positional)


def parse_scoring(body: bytes) -> InferenceRequest:
    """Read a body of MLflow's scoring protocol: rows, or an object for a model that one talks with.

    The latter may want its answer in pieces, by `"stream": true`. Raises InvalidInput.
    """
    document = _decode_object(body)
    if not any(key in document for key in CONVERSATION):
        return _one_of(JSON_FORMS, document, body)
    wanted = Verb.STREAM if bytes(document.get("stream", b"")) == b"true" else Verb.PREDICT
    return InferenceRequest(Form.DOCUMENT, verb=wanted, document=body)


def _one_of(
    forms: tuple[Form, ...], document: Mapping[str, msgspec.Raw], body: bytes, *, positional: bool = False
) -> InferenceRequest:
    present = [form for form in forms if form in document]
    if len(present) != 1:
        wanted = ", ".join(f"'{form}'" for form in forms)
        got = ", ".join(f"'{key}'" for key in list(document)[:10]) or "nothing"
        raise InvalidInput(f"The body must hold exactly one of {wanted}; it holds {got}")
    params = document.get("params")
    return InferenceRequest(
        form=present[0],
        payload=bytes(document[present[0]]),
        params=None if params is None or bytes(params) == b"null" else bytes(params),
        positional=positional,
        document=body,
    )


def parse_rows(body: bytes, *, any_object: bool = False) -> InferenceRequest:
    """Read a body of V1, whose rows are in the order of the model's columns, or else take it as it is.

    Raises InvalidInput, with `any_object` only for what is no JSON object.
    """
    try:
        return parse_json(body, ROWS, positional=True)
    except InvalidInput:
        if not any_object:
            raise
        _decode_object(body)
        return InferenceRequest(Form.DOCUMENT, document=body)


def parse_csv(body: bytes) -> InferenceRequest:
    """Read CSV with a header line. Raises InvalidInput when it is empty or not UTF-8."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The CSV is not UTF-8: byte {error.start} cannot be read") from None
    if not text.strip():
        raise InvalidInput("The CSV is empty; its first line must name the columns")
    return InferenceRequest(Form.CSV, text.encode())


def parse_parquet(body: bytes) -> InferenceRequest:
    """Take a Parquet file as it is. Raises InvalidInput when it is not one."""
    if len(body) < _SHORTEST_PARQUET or body[:4] != b"PAR1" or body[-4:] != b"PAR1":
        raise InvalidInput("The body is not a Parquet file: it must begin and end with PAR1")
    return InferenceRequest(Form.PARQUET, body)


def _decode_object(body: bytes) -> Mapping[str, msgspec.Raw]:
    try:
        return msgspec.json.decode(body.removeprefix(codecs.BOM_UTF8), type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        raise InvalidInput("The body must be a JSON object") from None
    except (msgspec.DecodeError, RecursionError) as error:
        lenient = _decode_with_nan(body)
        if lenient is None:
            raise InvalidInput(f"The body is not valid JSON: {error}") from None
        return lenient


def _decode_with_nan(body: bytes) -> Mapping[str, msgspec.Raw] | None:
    """Python clients write NaN and Infinity, which JSON does not have."""
    if b"NaN" not in body and b"Infinity" not in body:
        return None
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    return {key: msgspec.Raw(json.dumps(value).encode()) for key, value in document.items()}
