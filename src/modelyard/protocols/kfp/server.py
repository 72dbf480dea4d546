from modelyard.domain.errors import NotSupported
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.kfp import wire
from modelyard.protocols.kfp.replies import NOTHING
from modelyard.protocols.kfp.state import KfpState


async def healthz(_: Call[KfpState]) -> Reply:
    return json_reply(wire.Healthz(multi_user=False, pipeline_store="database"))


async def auth(_: Call[KfpState]) -> Reply:
    return NOTHING


async def visualization(_: Call[KfpState]) -> Reply:
    raise NotSupported("Visualizations are not made by the server: read the artifact, and draw it where you are")


async def version_one(_: Call[KfpState]) -> Reply:
    raise NotSupported(
        "This is the API of kfp 1, which is not served. Install kfp 2 (pip install 'kfp>=2'), compile the pipeline "
        "with it, and its client will ask /apis/v2beta1"
    )
