from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply, text_reply
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.mlflow.wire.server import Features, ServerInfo

SPOKEN = "3.17.2"
"""The MLflow whose API this is: clients ask for the version to know what a server understands."""


async def health(_: Call[MlflowState]) -> Reply:
    return text_reply("OK")


async def version(_: Call[MlflowState]) -> Reply:
    return text_reply(SPOKEN)


async def info(call: Call[MlflowState]) -> Reply:
    direct = call.state.direct_access.supported
    return json_reply(
        ServerInfo(
            store_type="SqlStore",
            workspaces_enabled=False,
            trace_archival_enabled=False,
            multipart_uploads_enabled=direct,
            multipart_downloads_enabled=direct,
            presigned_upload_run_id_supported=False,
            presigned_upload_model_id_supported=False,
            features_enabled=Features(gateway=False),
        )
    )
