"""Our messages beside those of another client in one process, and where their fields differ."""

import importlib
from typing import Any

from modelyard.protocols.oip_grpc.wire import CLASSES
from tests.support.clients import calls

THEIRS = {"triton": "tritonclient.grpc.service_pb2", "kserve": "kserve.protocol.grpc.grpc_predict_v2_pb2"}


def fields(descriptor: Any) -> dict[str, Any]:
    """Number, type and repetition of each field; of a message, or of the entries of a map, its name."""
    return {
        field.name: (field.number, field.type, field.is_repeated, field.message_type and field.message_type.name)
        for field in descriptor.fields
    }


def nested(descriptor: Any) -> dict[str, Any]:
    """Messages by name, also those that are declared within others."""
    found = {descriptor.name: descriptor}
    for inner in descriptor.nested_types:
        found |= nested(inner)
    return found


def main() -> None:
    module = importlib.import_module(THEIRS[calls.asked()["client"]])
    theirs: dict[str, Any] = {}
    for descriptor in module.DESCRIPTOR.message_types_by_name.values():
        theirs = nested(descriptor) | theirs
    shared = sorted(CLASSES.keys() & theirs.keys())
    differences = {}
    for name in shared:
        ours, other = fields(CLASSES[name].DESCRIPTOR), fields(theirs[name])
        wrong = [field for field, facts in ours.items() if field in other and other[field] != facts]
        if wrong or (not ours.keys() & other.keys() and other):
            differences[name] = wrong
    calls.answer({"shared": lambda: shared, "differences": lambda: differences})


main()
