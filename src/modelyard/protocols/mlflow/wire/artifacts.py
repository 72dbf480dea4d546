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
