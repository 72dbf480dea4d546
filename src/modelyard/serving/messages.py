"""The headers of the frames between server and replica."""

import msgspec

from modelyard.formats.inference import Encoding, InferenceRequest, Tensor


class TensorHeader(msgspec.Struct, frozen=True):
    name: str
    datatype: str
    shape: list[int]
    size: int
    encoding: str = Encoding.JSON.value


class Ask(msgspec.Struct, frozen=True, omit_defaults=True):
    op: str
    form: str = ""
    positional: bool = False
    params: msgspec.Raw | None = None
    tensors: list[TensorHeader] = []


class Answer(msgspec.Struct, frozen=True):
    ok: bool
    error: str = ""
    message: str = ""
    tensors: list[TensorHeader] = []


class ProbeAnswer(msgspec.Struct, frozen=True):
    probed: str | None = None
    rows: int = 0


class Description(msgspec.Struct, frozen=True):
    """What a replica says about the process it is."""

    pid: int
    python: str
    mlflow: str
    has_signature: bool


def ask(request: InferenceRequest) -> tuple[bytes, tuple[bytes, ...]]:
    """The header and body parts that ask a replica for a prediction."""
    header = Ask(
        op="predict",
        form=request.form.value,
        positional=request.positional,
        params=None if request.params is None else msgspec.Raw(request.params),
        tensors=[TensorHeader(t.name, t.datatype, list(t.shape), len(t.data), t.encoding) for t in request.tensors],
    )
    parts = (request.payload,) if request.payload else tuple(tensor.data for tensor in request.tensors)
    return msgspec.json.encode(header), parts


def tensors(answer: Answer, body: bytes) -> tuple[Tensor, ...]:
    """Cut the body of an answer into the tensors its header lists."""
    cut = []
    start = 0
    for header in answer.tensors:
        data = body[start : start + header.size]
        start += header.size
        cut.append(Tensor(header.name, header.datatype, tuple(header.shape), data, Encoding(header.encoding)))
    return tuple(cut)
