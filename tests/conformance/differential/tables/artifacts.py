# Values of every type are sent on purpose.
# mypy: disable-error-code="arg-type, var-annotated, no-untyped-call"
from collections.abc import Sequence
from typing import Final

from tests.conformance.differential.steps import Case, delete, get, post, put, raw

_P: Final = "/api/2.0/mlflow-artifacts/artifacts"
_OF_RUN: Final = f"{_P}/{{experiment}}/{{run}}/artifacts"
_STOCK: Final = (
    put(f"{_OF_RUN}/b.txt", b"hello"), put(f"{_OF_RUN}/a/c.json", b"{}"), put(f"{_OF_RUN}/a/d/e.bin", b"\x00\x01"), put(f"{_OF_RUN}/empty", b""),
)  # fmt: skip
_PATHS: Final = (
    "x", "a/x", "../x", "a/../x", "%2e%2e/x", "%252e%252e/x", "..%2fx", "a%2Fb", "a%20b", "a b", "a%2520b", "%2Fetc/passwd", "//etc/passwd", "a//b", "./a", "a/.", "a/./b", "é", "%C3%A9", "%ff", "a%00b", "a%23b", "a#b", "a%3Fb", "a%5Cb", "..%5Cx", "C:%5Cx", "C:/x", "file:x", "file:%2F%2Fx", "a:b", "a%25b", "a+b", "a&b", "...", "..x", "x..", "~", "%0a", "%25", "%zz", "a;b", "a,b", "a'b", "a*b", "a|b", "a%2F..%2F..%2Fb", "a%2F", "x" * 255, "a/" * 50 + "x",
)  # fmt: skip
CASES: Final[Sequence[Case]] = (
    *(Case(f"file {path!r:.30} {len(path)}", (put(f"{_P}/{{experiment}}/{{run}}/artifacts/{path}", b"hi"), get(f"{_P}/{{experiment}}/{{run}}/artifacts/{path}"), get("artifacts/list", run_id="{run}"), get(_P, path="{experiment}/{run}/artifacts"), delete(f"{_P}/{{experiment}}/{{run}}/artifacts/{path}"))) for path in _PATHS),
    *(Case(f"{what} at {path!r:.30} {len(path)}", (*_STOCK, step)) for path in ("", "a", "b.txt", "a/", "/a", "a/d", "none", "../x", "a/..", "..", ".", "./a", "%2e%2e", "a%2Fd", "/", "//", "a#b", "file:x", "C:\\x", "a\\d", "a/d/e.bin", "empty") for what, step in {
        "list": get("artifacts/list", run_id="{run}", path=path), "proxied list": get(_P, path="{experiment}/{run}/artifacts/" + path), "get-artifact": get("/get-artifact", run_id="{run}", path=path), "upload": raw(f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={{run}}&path={path.replace('#', '%23')}", b"data", "text/plain")}.items()),
    Case("files", (*_STOCK, get("artifacts/list", run_id="{run}"), get("artifacts/list", run_id="{run}", path="a"), get(_P, path="{experiment}/{run}/artifacts"), get(_P, path="{experiment}/{run}/artifacts/a"), get(f"{_OF_RUN}/b.txt"), get(f"{_OF_RUN}/empty"), get(f"{_OF_RUN}/a"), get(f"{_OF_RUN}/none"), put(f"{_OF_RUN}/b.txt", b"again"), get(f"{_OF_RUN}/b.txt"),
                   delete(f"{_OF_RUN}/a"), get("artifacts/list", run_id="{run}"), delete(f"{_OF_RUN}/none"), put(f"{_OF_RUN}/a"), put(f"{_OF_RUN}/a/x"))),
    Case("lists otherwise", (get("artifacts/list"), get("artifacts/list", run_id=""), get("artifacts/list", run_uuid="{run}"), get("artifacts/list", run_id="none"), post("artifacts/list", run_id="{run}"), get("/ajax-api/2.0/mlflow-artifacts/artifacts", path="{experiment}/{run}"), get("/get-artifact"), get("/get-artifact", run_id="{run}"), get("/get-artifact", path="x"), get("/get-artifact", run_id="none", path="x"), get("/get-artifact", run_uuid="{run}", path="none"))),
    Case("upload", (raw("/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=x.txt", b"data", "text/plain"), get("/get-artifact", run_id="{run}", path="x.txt"), raw("/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=x.txt", b"", "text/plain"), raw("/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}", b"x", "text/plain"), raw("/ajax-api/2.0/mlflow/upload-artifact?path=x", b"x", "text/plain"), raw("/ajax-api/2.0/mlflow/upload-artifact?run_uuid=none&path=x", b"x", "text/plain"), raw("/api/2.0/mlflow/upload-artifact?run_uuid={run}&path=x", b"x", "text/plain"), raw("/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=y", b"x", "text/plain"), raw("/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=big", b"x" * (10 * 1024 * 1024 + 1), "text/plain"), raw("/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=j", b"{}", "application/json"))),
    Case("files of a logged model", (
        put(f"{_P}/{{experiment}}/models/{{logged}}/artifacts/MLmodel", b"x: 1"), put(f"{_P}/{{experiment}}/models/{{logged}}/artifacts/d/y", b"yy"), get("logged-models/{logged}/artifacts/directories"), get("logged-models/{logged}/artifacts/directories", artifact_directory_path="d"), get("logged-models/{logged}/artifacts/directories", artifact_directory_path="none"), get("logged-models/{logged}/artifacts/directories", artifact_directory_path="../x"),
        get("/ajax-api/2.0/mlflow/logged-models/{logged}/artifacts/files", artifact_file_path="MLmodel"), get("/ajax-api/2.0/mlflow/logged-models/{logged}/artifacts/files", artifact_file_path="none"), get("/ajax-api/2.0/mlflow/logged-models/{logged}/artifacts/files"), get("/ajax-api/2.0/mlflow/logged-models/{logged}/artifacts/files", artifact_file_path="../x"), get("/ajax-api/2.0/mlflow/logged-models/m-none/artifacts/files", artifact_file_path="x"))),
    Case("files of a version", (
        put(f"{_OF_RUN}/model/MLmodel", b"x: 1"), post("model-versions/create", name="{model}", source="runs:/{run}/model", run_id="{run}"), get("/model-versions/get-artifact", name="{model}", version="1", path="MLmodel"), get("/model-versions/get-artifact", name="{model}", version="1", path="none"), get("/model-versions/get-artifact", name="{model}", version="1", path="../x"), get("/model-versions/get-artifact", name="{model}", version="9", path="x"), get("/model-versions/get-artifact", name="{model}", version="x", path="x"), get("/model-versions/get-artifact", name="{model}", version="1"), get("/model-versions/get-artifact", name="none", version="1", path="x"), get("model-versions/get-download-uri", name="{model}", version="1"))),
    *(Case(f"{step.method} {step.path}", (step,)) for step in (
        post("/api/2.0/mlflow-artifacts/mpu/create/{experiment}/x", path="x", num_parts=2), post("/api/2.0/mlflow-artifacts/mpu/complete/{experiment}/x", path="x", upload_id="u", parts=[]), post("/api/2.0/mlflow-artifacts/mpu/abort/{experiment}/x", path="x", upload_id="u"), get("/api/2.0/mlflow-artifacts/presigned/{experiment}/x"), post("artifacts/presigned-upload-url", run_id="{run}", path="x"), post("artifacts/presigned-download-url", run_id="{run}", path="x"),
        get("/api/3.0/mlflow/server-info"), get("/ajax-api/3.0/mlflow/server-info"), get("/health"), get("/version"), get("/api/2.0/mlflow/server-info"))),
)  # fmt: skip
