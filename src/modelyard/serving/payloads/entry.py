from dataclasses import dataclass
from typing import Any

import msgspec

from modelyard.formats.inference import Encoding, Form, InferenceRequest, InferenceResult, Tensor

_FILES = {Form.CSV: "text/csv", Form.PARQUET: "application/vnd.apache.parquet"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and what came of it, as it was: turned into text by whoever writes it.

    `at` is in milliseconds since the epoch, `seconds` how long it took. `status` is ok or the kind of error, of which
    `message` is the sentence; `result` is None then.
    """

    at: int
    prediction_id: str
    endpoint: str
    revision: int
    model_version: str
    status: str
    message: str
    seconds: float
    request: InferenceRequest | None
    result: InferenceResult | None

    @property
    def size(self) -> int:
        """Bytes of the payloads."""
        asked = self.request
        size = (
            0
            if asked is None
            else len(asked.payload) + len(asked.document) + sum(len(one.data) for one in asked.tensors)
        )
        told = self.result
        return size + (0 if told is None else len(told.predictions) + sum(len(one.data) for one in told.outputs))


def request_text(request: InferenceRequest) -> str:
    """The request as a JSON document in the words of the protocol that it came by; files in base64."""
    if request.form is Form.TENSORS:
        return _text({"inputs": [_tensor(one) for one in request.tensors]})
    if request.form in _FILES:
        return _text({"content_type": _FILES[request.form], "base64": request.payload})
    if request.form is Form.DOCUMENT:
        return request.document.decode("utf-8", "replace")
    document: dict[str, Any] = {request.form.value: msgspec.Raw(request.payload)}
    if request.params is not None:
        document["params"] = msgspec.Raw(request.params)
    return _text(document)


def response_text(result: InferenceResult) -> str:
    """The answer as a JSON document."""
    if result.outputs:
        return _text({"outputs": [_tensor(one) for one in result.outputs]})
    if result.whole:
        return result.predictions.decode("utf-8", "replace")
    return _text({"predictions": msgspec.Raw(result.predictions)})


def _tensor(one: Tensor) -> dict[str, Any]:
    head = {"name": one.name, "datatype": one.datatype, "shape": one.shape}
    if one.encoding is Encoding.RAW:
        return {**head, "base64": one.data}
    return {**head, "data": msgspec.Raw(one.data)}


def _text(document: dict[str, Any]) -> str:
    """Bytes are written in base64."""
    return msgspec.json.encode(document).decode("utf-8", "replace")
