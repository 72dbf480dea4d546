"""Evaluating a converted model where the request is, without another process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from modelyard.domain.errors import NotSupported
from modelyard.formats.inference import Encoding, Form, InferenceRequest, Tensor
from modelyard.serving.acceleration import verdict as verdicts
from modelyard.serving.acceleration.convert import TIES
from modelyard.serving.acceleration.matrix import rows_of
from modelyard.serving.acceleration.verdict import Verdict
from modelyard.serving.replica_client import Prediction

_encode = msgspec.json.Encoder().encode
_PRECISIONS = {"float64": np.float64, "float32": np.float32}
# Seen with linear models and with forests of up to 100 trees, whose graphs take 500 bytes and 1.3 MB.
_TIMES_THE_GRAPH, _BESIDE = 5, 64 << 10
_NUMBERS = {"INT64": np.int64, "INT32": np.int32, "FP64": np.float64, "FP32": np.float32}


class InlineModel:
    """A converted model; calling it answers a request, or None when a replica had better do so.

    `size` is about how many bytes of memory it takes.
    """

    def __init__(self, directory: Path) -> None:
        """Raises NotSupported when onnxruntime is missing or the conversion was not accepted, Corrupt when it broke."""
        self.verdict = verdicts.read(directory)
        if not self.verdict.accepted:
            raise NotSupported(f"The model is {self.verdict}")
        graph = directory / verdicts.GRAPH
        self._session = _session(graph)
        self.size = _TIMES_THE_GRAPH * graph.stat().st_size + _BESIDE
        self._input: str = self._session.get_inputs()[0].name
        self._wanted = [self._session.get_outputs()[self.verdict.place].name]
        self._precision = _PRECISIONS[self.verdict.precision]
        self._classes = np.asarray(self.verdict.classes) if self.verdict.classes else None
        self._number = _NUMBERS.get(self.verdict.datatype)

    def __call__(self, request: InferenceRequest) -> Prediction | None:
        rows = rows_of(request, self.verdict)
        if rows is None:
            return None
        fed = rows if self._precision is np.float64 else rows.astype(self._precision)
        answer = self._session.run(self._wanted, {self._input: fed})[0]
        if self._classes is not None:
            answer = self._classes[np.round(answer, TIES).argmax(axis=1)]
        elif self.verdict.flat:
            answer = answer.reshape(-1)
        if self._number is not None and answer.dtype != self._number:
            answer = answer.astype(self._number)
        if answer.dtype.kind == "f" and not np.isfinite(answer).all():
            return None
        if request.form is not Form.TENSORS:
            return Prediction(_encode(answer.tolist()), ())
        return self._tensors(answer, request)

    def _tensors(self, answer: Any, request: InferenceRequest) -> Prediction | None:
        encoding = request.encoding
        for wanted in request.wanted:
            if wanted.name != self.verdict.output:
                return None
            encoding = wanted.encoding
        return Prediction(b"", (_tensor(self.verdict, answer, encoding),))


def _tensor(told: Verdict, answer: Any, encoding: Encoding) -> Tensor:
    if encoding is Encoding.JSON:
        data = _encode(answer.reshape(-1).tolist())
    elif told.datatype == "BYTES":
        texts = [str(text).encode() for text in answer.reshape(-1)]
        data = b"".join(part for text in texts for part in (len(text).to_bytes(4, "little"), text))
    else:
        data = answer.tobytes()
    return Tensor(told.output, told.datatype, answer.shape, data, encoding)


def _session(graph: Path) -> Any:
    try:
        import onnxruntime as ort  # noqa: PLC0415 - 50 MB that only accelerated endpoints need
    except ModuleNotFoundError:
        raise NotSupported("onnxruntime is not installed; pip install 'modelyard[accelerate]'") from None
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a request is small, and others wait
    options.log_severity_level = 3
    return ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
