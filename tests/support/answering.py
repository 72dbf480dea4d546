"""Who answers in place of a replica, in our own process: for tests of choices, not of processes."""

import asyncio

from modelyard.domain.serving_options import ServingOptions
from modelyard.formats.inference import Form, InferenceRequest
from modelyard.serving.metadata import Metadata
from modelyard.serving.replica_client import Prediction, ReplicaLost
from modelyard.serving.served import AS_USUAL, Client, Served

ROW = InferenceRequest(Form.INSTANCES, b"[[1]]")


class Answering:
    """Answers what it is told to: with an error if it is one, and only when it may `go`."""

    def __init__(self, answer: bytes | Exception = b"[1]", *, goes: bool = True) -> None:
        self.answer = answer
        self.asked = 0
        self.seconds: list[float] = []
        self.go = asyncio.Event()
        if goes:
            self.go.set()

    async def infer(self, request: InferenceRequest, seconds: float) -> Prediction:  # noqa: ARG002 - any request
        self.asked += 1
        self.seconds.append(seconds)
        if not self.go.is_set():
            await self.go.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return Prediction(self.answer, ())


def gone() -> Answering:
    return Answering(ReplicaLost("The model's process ended before it answered; try again"))


def revision(number: int, *clients: Client, options: ServingOptions = AS_USUAL, endpoint: str = "taxi") -> Served:
    """Version 10 of the model is revision 1, and so on."""
    return Served(endpoint, str(10 * number), Metadata("test"), clients, number, options)
