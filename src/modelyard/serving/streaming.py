"""Answers in pieces, by models that have them before they have the whole: who can, and how one is asked."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from modelyard.domain.errors import NotSupported
from modelyard.formats.inference import Encoding, InferenceRequest
from modelyard.serving.replica_client import Prediction, ReplicaClient, ReplicaLost
from modelyard.serving.served import Served

MOST_KEPT = 1 << 20


class Said:
    """What a stream has said, for its one entry in the payload log: the first MiB of it, as a list of its pieces."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: Prediction) -> None:
        said = piece.predictions or b",".join(one.data for one in piece.outputs if one.encoding is Encoding.JSON)
        self._size += len(said)
        if self._size <= MOST_KEPT:
            self._pieces.append(said)

    def whole(self) -> Prediction:
        return Prediction(b"[%s]" % b",".join(self._pieces), ())


def streams(served: Served) -> bool:
    """A transformer answers in one piece."""
    return served.metadata.streams and served.options.transformer is None


def check(served: Served) -> None:
    """Raises NotSupported."""
    if streams(served):
        return
    if served.options.transformer is not None:
        raise NotSupported(f"Endpoint '{served.endpoint}' has a transformer, which answers in one piece only")
    raise NotSupported(
        f"The model of '{served.endpoint}' answers in one piece only; a model that streams has a method "
        "'predict_stream' and was logged with it"
    )


async def pieces(
    served: Served, request: InferenceRequest, hold: float, deadline: float
) -> AsyncGenerator[Prediction, None]:
    """Of one replica; of another one, if the first is lost before it said anything. Raises as `DataPlane.infer`."""
    lost: ReplicaLost | None = None
    while True:
        lane = served.take() or await served.wait(hold, deadline)
        begun = False
        try:
            client = cast("ReplicaClient", lane.client)  # what streams has neither a transformer nor steps of a graph
            async with aclosing(client.stream(request, deadline)) as found:
                async for piece in found:
                    begun = True
                    yield piece
        except ReplicaLost as error:
            served.drop(lane)
            if begun or lost is not None or time.monotonic() >= deadline:
                raise
            lost = error
            served.statistics.retried += 1
        else:
            return
        finally:
            served.give_back(lane)
