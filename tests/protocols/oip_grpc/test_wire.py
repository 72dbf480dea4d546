"""What is on the wire is what the stock clients put there; they are asked in a process of their own each."""

import pytest

from modelyard.protocols.oip_grpc.methods import METHODS
from modelyard.protocols.oip_grpc.wire import CLASSES
from tests.support import inference_clients

# Triton's configuration has messages of other names; its repository has a name, which KServe's has not.
OWN = {
    "triton": {"ModelConfigResponse", "ModelConfig"},
    "kserve": {"RepositoryModelLoadRequest", "RepositoryModelUnloadRequest"},
}


@pytest.mark.parametrize("client", ["triton", "kserve"])
def test_our_messages_live_beside_those_of_a_client_and_agree_with_them(client: str) -> None:
    said = inference_clients.answers("pools", client=client)
    assert {"ModelInferRequest", "ModelInferResponse", "InferTensorContents"} <= set(said["shared"]["ok"])
    differences = {name: fields for name, fields in said["differences"]["ok"].items() if name not in OWN[client]}
    assert differences == {}


def test_every_method_has_its_messages() -> None:
    for method in METHODS:
        assert method.request in CLASSES
        assert f"{method.name}Response" in CLASSES
