"""Where MLflow's clients and pages find artifacts; the tables of MLflow have these apart too."""

from collections.abc import Iterator, Sequence
from typing import Final

from modelyard.protocols.http.routing import Route
from modelyard.protocols.mlflow import artifacts, direct_access, rooted_artifacts
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.mlflow.wire import artifacts as wire
from modelyard.services.artifacts import LARGEST_FILE

_READ, _WRITE, _DELETE = "artifacts.read", "artifacts.write", "artifacts.delete"
_PROXY = "2.0/mlflow-artifacts"
_API = "2.0/mlflow"


def _twice() -> Iterator[Route[MlflowState]]:
    """What is there for programs and once more for web pages."""
    for prefix in ("/api", "/ajax-api"):
        proxy, api = f"{prefix}/{_PROXY}", f"{prefix}/{_API}"
        file, model = "{artifact_path:path}", "{model_id}"
        yield Route(
            "GET",
            f"{proxy}/artifacts",
            artifacts.listing,
            _READ,
            "What is in a directory, by name",
            query=wire.ListProxied,
            returns=wire.ProxiedFiles,
        )
        yield Route("GET", f"{proxy}/artifacts/{file}", artifacts.download, _READ, "A file")
        yield Route(
            "PUT",
            f"{proxy}/artifacts/{file}",
            artifacts.upload,
            _WRITE,
            "Stores the body as a file",
            max_body=LARGEST_FILE,
        )
        yield Route("DELETE", f"{proxy}/artifacts/{file}", artifacts.delete, _DELETE, "Removes a file or a directory")
        yield from _past_the_server(proxy, api, file)
        yield Route(
            "GET",
            f"{api}/artifacts/list",
            rooted_artifacts.list_of_run,
            _READ,
            "What is in a directory of a run",
            query=wire.ListArtifacts,
            returns=wire.Files,
        )
        yield Route(
            "GET",
            f"{api}/logged-models/{model}/artifacts/directories",
            rooted_artifacts.list_of_model,
            _READ,
            "What is in a directory of a logged model",
            query=wire.ListOfModel,
            returns=wire.Files,
        )


def _past_the_server(proxy: str, api: str, file: str) -> Iterator[Route[MlflowState]]:
    """501 where the store has no URLs to give."""
    yield Route(
        "POST",
        f"{proxy}/mpu/create/{file}",
        direct_access.create_upload,
        _WRITE,
        "URLs to put the parts of a file at, in a directory",
        body=wire.CreateUpload,
        returns=wire.UploadBegun,
    )
    yield Route(
        "POST",
        f"{proxy}/mpu/complete/{file}",
        direct_access.complete_upload,
        _WRITE,
        "Makes a file of the parts that were put",
        body=wire.CompleteUpload,
        max_body=direct_access.LONGEST_COMPLETION,
    )
    yield Route(
        "POST",
        f"{proxy}/mpu/abort/{file}",
        direct_access.abort_upload,
        _WRITE,
        "Discards the parts that were put",
        body=wire.AbortUpload,
    )
    yield Route(
        "GET",
        f"{proxy}/presigned/{file}",
        direct_access.url_of_file,
        _READ,
        "A URL to fetch a file at",
        returns=wire.PresignedFile,
    )
    yield Route(
        "POST",
        f"{api}/artifacts/presigned-download-url",
        direct_access.download_url,
        _READ,
        "A URL to fetch a file of a run at",
        body=wire.PresignDownload,
        returns=wire.DownloadUrl,
    )
    yield Route(
        "POST",
        f"{api}/artifacts/presigned-upload-url",
        direct_access.upload_url,
        _WRITE,
        "Not supported: files go through the server, or in parts",
        body=wire.PresignUpload,
    )


ARTIFACT_ROUTES: Final[Sequence[Route[MlflowState]]] = (
    *_twice(),
    Route("GET", "/get-artifact", rooted_artifacts.get_of_run, _READ, "A file of a run", query=wire.GetArtifact),
    Route(
        "GET",
        "/model-versions/get-artifact",
        rooted_artifacts.get_of_version,
        _READ,
        "A file of a model version",
        query=wire.GetOfVersion,
    ),
    Route(
        "GET",
        f"/ajax-api/{_API}/logged-models/{{model_id}}/artifacts/files",
        rooted_artifacts.get_of_model,
        _READ,
        "A file of a logged model",
        query=wire.GetOfModel,
    ),
    Route(
        "POST",
        f"/ajax-api/{_API}/upload-artifact",
        rooted_artifacts.upload_to_run,
        _WRITE,
        "Stores the body as a file of a run",
        query=wire.GetArtifact,
        max_body=rooted_artifacts.LARGEST_UPLOAD,
    ),
)
