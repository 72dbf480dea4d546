"""The headers of the frames between server and replica."""

import msgspec

from modelyard.formats.inference import Encoding, Form, InferenceRequest, Tensor, Verb


class TensorHeader(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    datatype: str
    shape: tuple[int, ...]
    size: int
    encoding: str = Encoding.JSON.value
    content_type: str = ""


class WantedHeader(msgspec.Struct, frozen=True):
    name: str
    encoding: str


class Ask(msgspec.Struct, frozen=True, omit_defaults=True):
    form: str
    positional: bool = False
    params: msgspec.Raw | None = None
    tensors: tuple[TensorHeader, ...] = ()
    verb: str = Verb.PREDICT.value
    content_type: str = ""
    wanted: tuple[WantedHeader, ...] = ()
    encoding: str = Encoding.JSON.value
    stream: str = ""


class ProbeAnswer(msgspec.Struct, frozen=True):
    probed: str | None = None
    rows: int = 0


class Description(msgspec.Struct, frozen=True):
    """What a replica says about itself.

    `runtime` is a sentence for people; `direct` means that mlflow is not asked. What was `asked` was `predicted` in so
    many batches.
    """

    pid: int
    python: str
    has_signature: bool
    runtime: str
    direct: bool
    batching: bool
    asked: int
    predicted: int


_encode = msgspec.json.Encoder().encode
_tensor_headers = msgspec.json.Decoder(tuple[TensorHeader, ...]).decode


def ask(request: InferenceRequest, stream: str = "") -> tuple[bytes, bytes]:
    """The header and body that ask a replica for a prediction, in pieces where those get a name."""
    header = Ask(
        form=request.form.value,
        positional=request.positional,
        params=None if request.params is None else msgspec.Raw(request.params),
        tensors=tuple(map(_header, request.tensors)),
        verb=request.verb.value,
        content_type=request.content_type,
        wanted=tuple(WantedHeader(output.name, output.encoding.value) for output in request.wanted),
        encoding=request.encoding.value,
        stream=stream,
    )
    return _encode(header), _body(request)


def _body(request: InferenceRequest) -> bytes:
    if request.tensors:
        return b"".join([tensor.data for tensor in request.tensors])
    return request.document if request.form is Form.DOCUMENT else request.payload


def _header(tensor: Tensor) -> TensorHeader:
    return TensorHeader(
        tensor.name, tensor.datatype, tensor.shape, len(tensor.data), tensor.encoding.value, tensor.content_type
    )


def tensors(header: bytes, body: bytes) -> tuple[Tensor, ...]:
    """Cut the body of an answer into the tensors its header lists."""
    cut = []
    start = 0
    for one in _tensor_headers(header):
        data = body[start : start + one.size]
        start += one.size
        cut.append(Tensor(one.name, one.datatype, one.shape, data, Encoding(one.encoding)))
    return tuple(cut)
