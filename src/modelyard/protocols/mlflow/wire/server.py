import msgspec


class Features(msgspec.Struct, frozen=True):
    gateway: bool = False


class ServerInfo(msgspec.Struct, frozen=True):
    store_type: str
    workspaces_enabled: bool
    trace_archival_enabled: bool
    multipart_uploads_enabled: bool
    multipart_downloads_enabled: bool
    presigned_upload_run_id_supported: bool
    presigned_upload_model_id_supported: bool
    features_enabled: Features


class Error(msgspec.Struct, frozen=True):
    error_code: str
    message: str
