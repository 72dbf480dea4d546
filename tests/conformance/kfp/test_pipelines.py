import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import kfp
import pytest
import yaml
from kfp_server_api import ApiException

from tests.support.kfp_filters import predicate


def test_an_upload_makes_a_pipeline_and_its_first_version(client: kfp.Client, package: Path, name: str) -> None:
    made = client.upload_pipeline(str(package), name, description="adds")
    assert (made.name, made.display_name, made.description) == (name, name, "adds")
    assert client.get_pipeline_id(name) == made.pipeline_id
    (version,) = client.list_pipeline_versions(made.pipeline_id).pipeline_versions
    assert (version.name, version.pipeline_id) == (name, made.pipeline_id)
    assert version.pipeline_spec == yaml.safe_load(package.read_text())


def test_versions_are_added_listed_and_deleted(client: kfp.Client, package: Path, pipeline: str) -> None:
    second = client.upload_pipeline_version(str(package), "two", pipeline_id=pipeline, description="again")
    assert (second.name, second.description) == ("two", "again")
    found = client.list_pipeline_versions(pipeline, sort_by="created_at desc")
    assert (found.pipeline_versions[0].name, found.total_size) == ("two", 2)
    assert client.get_pipeline_version(pipeline, second.pipeline_version_id).pipeline_spec is not None
    for one in found.pipeline_versions:
        client.delete_pipeline_version(pipeline, one.pipeline_version_id)
    client.delete_pipeline(pipeline)
    with pytest.raises(ApiException) as refused:
        client.get_pipeline(pipeline)
    assert refused.value.status == 404


def test_a_name_is_taken_once(client: kfp.Client, package: Path, pipeline: str) -> None:
    name = client.get_pipeline(pipeline).name
    with pytest.raises(ApiException) as refused:
        client.upload_pipeline(str(package), name)
    assert refused.value.status == 409
    assert name in json.loads(refused.value.body)["error_message"]


def test_versions_keep_a_pipeline_from_being_deleted_alone(http: httpx.Client, pipeline: str) -> None:
    refused = http.delete(f"pipelines/{pipeline}")
    assert (refused.status_code, refused.json()["code"]) == (400, 9)
    assert http.delete(f"pipelines/{pipeline}", params={"cascade": "true"}).status_code == 200


def test_pipelines_are_listed(client: kfp.Client, pipeline: str) -> None:
    named = predicate("name", 1, stringValue=client.get_pipeline(pipeline).name)
    found = client.list_pipelines(filter=named)
    assert [one.pipeline_id for one in found.pipelines] == [pipeline]
    assert pipeline in [one.pipeline_id for one in client.list_pipelines(sort_by="created_at desc").pipelines]


def zipped(content: bytes) -> bytes:
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("pipeline.yaml", content)
        return stream.getvalue()


def tarred(content: bytes) -> bytes:
    with io.BytesIO() as stream:
        with tarfile.open(fileobj=stream, mode="w:gz") as archive:
            entry = tarfile.TarInfo("pipeline.yaml")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        return stream.getvalue()


def as_json(content: bytes) -> bytes:
    return json.dumps(yaml.safe_load(content)).encode()


@pytest.mark.parametrize(
    ("packed", "ending"), [(bytes, "yaml"), (as_json, "json"), (zipped, "zip"), (tarred, "tar.gz")]
)
def test_packages_may_be_packed(
    http: httpx.Client, package: Path, name: str, packed: Callable[[bytes], bytes], ending: str
) -> None:
    files = {"uploadfile": (f"{name}.{ending}", packed(package.read_bytes()), "application/octet-stream")}
    made = http.post("pipelines/upload", files=files)
    assert made.status_code == 200, made.text
    assert made.json()["name"] == f"{name}.{ending}"


def test_a_platform_document_stays_beside_the_pipeline(http: httpx.Client, package: Path, name: str) -> None:
    platforms: dict[str, Any] = {
        "platforms": {"kubernetes": {"deploymentSpec": {"executors": {"exec-add": {"nodeSelector": {}}}}}}
    }
    both = f"{package.read_text()}\n---\n{yaml.safe_dump(platforms)}".encode()
    made = http.post("pipelines/upload", params={"name": name}, files={"uploadfile": ("p.yaml", both)}).json()
    (version,) = http.get(f"pipelines/{made['pipeline_id']}/versions").json()["pipeline_versions"]
    assert set(version["pipeline_spec"]) == {"pipeline_spec", "platform_spec"}
    assert version["pipeline_spec"]["platform_spec"] == platforms


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04 not a zip", b"name: {", b"kind: Workflow", b"[1, 2]"]
)
def test_what_is_no_pipeline_is_refused_with_a_reason(http: httpx.Client, name: str, content: bytes) -> None:
    refused = http.post("pipelines/upload", params={"name": name}, files={"uploadfile": ("p.yaml", content)})
    assert refused.status_code == 400
    assert refused.json()["error_message"].startswith("The ")
    assert "total_size" not in http.get("pipelines", params={"filter": predicate("name", 1, string_value=name)}).json()


def test_an_upload_without_a_file_is_refused(http: httpx.Client) -> None:
    assert http.post("pipelines/upload", files={"other": ("p.yaml", b"x")}).status_code == 400
    assert http.post("pipelines/upload", content=b"x").status_code == 400
    assert http.post("pipelines/upload_version", files={"uploadfile": ("p.yaml", b"x")}).status_code == 400


def test_an_upload_over_the_limit_is_refused(http: httpx.Client, name: str) -> None:
    large = b"#" * ((32 << 20) + 1)
    refused = http.post("pipelines/upload", params={"name": name}, files={"uploadfile": ("p.yaml", large)})
    assert refused.status_code == 413


def test_tags_are_kept(http: httpx.Client, package: Path, name: str) -> None:
    files = {"uploadfile": ("p.yaml", package.read_bytes())}
    made = http.post("pipelines/upload", params={"name": name, "tags": '{"team": "a"}'}, files=files).json()
    assert http.get(f"pipelines/{made['pipeline_id']}").json()["tags"] == {"team": "a"}
    long = json.dumps({"k" * 64: "v"})
    for bad in ("[1]", "{", long):
        assert http.post("pipelines/upload", params={"name": f"{name}-2", "tags": bad}, files=files).status_code == 400


def test_pipelines_may_be_made_of_messages(http: httpx.Client, package: Path, name: str) -> None:
    spec = yaml.safe_load(package.read_text())
    sent = {"pipeline": {"displayName": name}, "pipeline_version": {"name": "v1", "pipelineSpec": spec}}
    made = http.post("pipelines/create", json=sent).json()
    path = f"pipelines/{made['pipeline_id']}"
    assert http.get(f"pipelines/names/{name}").json() == http.get(path).json() == made
    second = http.post(f"{path}/versions", json={"name": "v2", "pipeline_spec": spec}).json()
    changed = http.patch(f"{path}/versions/{second['pipeline_version_id']}", json={"description": "new"}).json()
    assert (changed["name"], changed["description"]) == ("v2", "new")
    assert http.patch(path, json={"tags": {"a": "b"}}).json()["tags"] == {"a": "b"}
    by_url = http.post(f"{path}/versions", json={"name": "v3", "package_url": {"pipeline_url": "http://x/p.yaml"}})
    assert by_url.status_code == 400
    assert "upload the file" in by_url.json()["message"]
