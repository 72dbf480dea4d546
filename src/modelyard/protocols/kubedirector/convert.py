import itertools
import socket

import msgspec

from modelyard.domain.errors import InvalidInput
from modelyard.formats.inference import Form, InferenceRequest, InferenceResult
from modelyard.protocols.kubedirector import wire

FINISHED = "Finished"
_decode = msgspec.json.Decoder(wire.Predict).decode
_numbers = itertools.count(1)
_NODE = socket.gethostname()


def request(body: bytes) -> InferenceRequest:
    """The arguments stay as they were written, an object or a text. Raises InvalidInput."""
    try:
        wired = _decode(body)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"The request is not what a deployment engine takes: {error}") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"The request is not valid JSON: {error}") from None
    if str(wired.use_scoring).lower() != "true":
        raise InvalidInput('The request must say "use_scoring": true; without it there is nothing to run')
    arguments = bytes(wired.scoring_args)
    if arguments[:1] not in (b"{", b'"'):
        raise InvalidInput("'scoring_args' must be an object, or one text that is split into arguments")
    return InferenceRequest(Form.SCORING, arguments)


def answer(result: InferenceResult, asked: InferenceRequest, logs: str) -> wire.Answer:
    """A text that the script wrote is the output as it is; anything else is told as JSON."""
    said = result.predictions
    output = msgspec.json.decode(said, type=str) if said[:1] == b'"' else said.decode()
    arguments = asked.payload.decode()
    return wire.Answer(next(_numbers), arguments, output, msgspec.Raw(said), FINISHED, _NODE, logs)
