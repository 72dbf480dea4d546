"""Models that lie outside the registry, by documents as they are written for KServe."""

import shutil
import time
from pathlib import Path

import httpx
import yaml

from tests.support.buckets import bucket
from tests.support.command_line import run
from tests.support.saved_models import saved
from tests.support.server import running_server

PATIENCE = 300.0


def service(name: str, uri: str, **predictor: object) -> dict[str, object]:
    model = {"modelFormat": {"name": "mlflow"}, "storageUri": uri}
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": name},
        "spec": {"predictor": {"model": model, **predictor}},
    }


def until_ready(http: httpx.Client, name: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while http.get(f"/v1/models/{name}").status_code in {404, 503}:
        status = http.get(f"/api/v1/endpoints/{name}").json()["status"]
        assert status["phase"] != "Failed", status
        assert time.monotonic() < give_up, status
        time.sleep(0.05)


def test_models_of_a_directory_and_of_a_bucket_are_served(tmp_path: Path) -> None:
    shutil.copytree(saved() / "steady", tmp_path / "models" / "steady")
    with (
        bucket(tmp_path / "models") as store,
        running_server(tmp_path, "--model-roots", str(tmp_path / "models")) as server,
    ):
        noted = {
            "serving.kserve.io/s3-endpoint": store.url.removeprefix("http://"),
            "serving.kserve.io/s3-usehttps": "0",
        }
        keys = {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "hidden"}
        documents = [
            {"kind": "Secret", "metadata": {"name": "keys", "annotations": noted}, "stringData": keys},
            {"kind": "ServiceAccount", "metadata": {"name": "reader"}, "secrets": [{"name": "keys"}]},
            service("bucket", "s3://bucket/steady", serviceAccountName="reader"),
            service("folder", (tmp_path / "models" / "steady").as_uri()),
        ]
        (tmp_path / "all.yaml").write_text(yaml.safe_dump_all(documents))
        applied = run("apply", "-f", str(tmp_path / "all.yaml"), env={"MODELYARD_URL": server.url})
        assert applied.stdout.splitlines() == [
            "inferenceservice.serving.kserve.io/bucket created",
            "inferenceservice.serving.kserve.io/folder created",
        ], applied.stderr
        with httpx.Client(base_url=server.url, timeout=120) as http:
            for name in ("bucket", "folder"):
                until_ready(http, name)
                answer = http.post(f"/v1/models/{name}:predict", json={"instances": [[1.0]]})
                assert answer.json() == {"predictions": [1.0]}
            assert "hidden" not in http.get("/api/v1/endpoints/bucket").text
        assert set(store.keys) == {"me"}
        exported = run("export", "bucket", "--kserve", env={"MODELYARD_URL": server.url})
        assert yaml.safe_load(exported.stdout) == documents[2]
