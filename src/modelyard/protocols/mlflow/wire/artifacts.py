import msgspec

from modelyard.protocols.mlflow.wire.common import Given, Int64, Request, Response


class FileInfo(Response):
    """A directory has no size; nor is that of an empty file said."""

    path: str
    is_dir: bool
    file_size: int | None = None


class ListProxied(Request):
    path: str = ""


class ProxiedFiles(Response):
    files: tuple[FileInfo, ...] = ()


class ListArtifacts(Request):
    run_id: Given
    run_uuid: str = ""
    path: str = ""
    page_token: str = ""


class ListOfModel(Request):
    artifact_directory_path: str = ""
    page_token: str = ""


class Files(Response):
    root_uri: str
    files: tuple[FileInfo, ...] = ()
    next_page_token: str = ""


class CreateUpload(Request):
    """`path` is the file's at the client."""

    path: Given
    num_parts: Int64 = 0


class PartUrl(Response):
    url: str
    part_number: int


class UploadBegun(Response):
    upload_id: str
    credentials: tuple[PartUrl, ...]


class PutPart(Request, gc=False):
    part_number: Int64 = 0
    etag: str = ""
    url: str = ""


class CompleteUpload(Request):
    path: Given
    parts: tuple[PutPart, ...]
    upload_id: str = ""


class AbortUpload(Request):
    path: Given
    upload_id: str = ""


class PresignedFile(msgspec.Struct):
    url: str
    headers: dict[str, str]
    file_size: int


class PresignDownload(Request):
    run_id: Given
    path: Given
    expiration: Int64 = 300


class DownloadUrl(msgspec.Struct):
    presigned_url: str
    file_size: int


class PresignUpload(Request):
    path: Given
    run_id: str = ""
    model_id: str = ""
    expiration: Int64 = 900


class GetArtifact(Request):
    run_id: Given
    path: Given
    run_uuid: str = ""


class GetOfVersion(Request):
    name: Given
    version: Int64
    path: Given


class GetOfModel(Request):
    artifact_file_path: Given
