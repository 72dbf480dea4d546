from typing import Any

import modelyard
from modelyard.protocols.oip_grpc.call import RpcCall
from modelyard.protocols.oip_grpc.wire import CLASSES

EXTENSIONS = ("model_configuration", "model_repository", "statistics")


async def live(_: RpcCall) -> Any:
    return CLASSES["ServerLiveResponse"](live=True)


async def ready(_: RpcCall) -> Any:
    return CLASSES["ServerReadyResponse"](ready=True)


async def server(_: RpcCall) -> Any:
    return CLASSES["ServerMetadataResponse"](
        name="modelyard", version=modelyard.__version__, extensions=list(EXTENSIONS)
    )
