from collections.abc import Callable
from dataclasses import replace

import msgspec

from modelyard.domain.errors import InvalidInput
from modelyard.formats import inference
from modelyard.formats.inference import InferenceRequest, InferenceResult, Verb
from modelyard.protocols.kserve import wire

Answer = wire.Predictions | wire.Explanations | msgspec.Raw


def request(body: bytes, verb: Verb, takes_any: Callable[[], bool]) -> InferenceRequest:
    """Rows of V1 are lists of numbers in the order of the model's columns, or objects.

    Any other object is for who `takes_any`. Raises InvalidInput.
    """
    try:
        parsed = inference.parse_rows(body)
    except InvalidInput:
        if not takes_any():
            raise
        parsed = inference.parse_rows(body, any_object=True)
    return parsed if verb is Verb.PREDICT else replace(parsed, verb=verb)


def merged(result: InferenceResult) -> msgspec.Raw:
    """Of an ensemble: an object of whole answers by the names of its steps."""
    return msgspec.Raw(result.predictions)


def answer(result: InferenceResult, verb: Verb) -> Answer:
    said = msgspec.Raw(result.predictions)
    if result.whole:
        return said
    return wire.Predictions(said) if verb is Verb.PREDICT else wire.Explanations(said)
