# Values of every type are sent on purpose.
# mypy: disable-error-code="arg-type, var-annotated, no-untyped-call"
from collections.abc import Sequence
from typing import Final

from tests.conformance.differential.steps import Case, Step, delete, get, patch, post

M: Final = "{model}"
_RM: Final = "registered-models/"
_MV: Final = "model-versions/"


def _version(**fields: object) -> Step:
    return post(f"{_MV}create", **{"name": M, "source": "s3://b/x", **fields})


_ALL: Final = "name LIKE '{name}%'"
_MODELS: Final = (
    post(f"{_RM}create", name="{name}a", tags=[{"key": "t", "value": "1"}], description="first"), post(f"{_RM}create", name="{name}b", tags=[{"key": "t", "value": "2"}, {"key": "u", "value": "X"}]), post(f"{_RM}create", name="{name}C"), post(f"{_RM}create", name="{name}p", tags=[{"key": "mlflow.prompt.is_prompt", "value": "true"}]),
    post(f"{_MV}create", name="{name}a", source="s3://b/1", tags=[{"key": "k", "value": "One"}]), post(f"{_MV}create", name="{name}a", source="s3://b/2", run_id="{run}", description="two"), post(f"{_MV}create", name="{name}b", source="s3://b/3"), post(f"{_MV}create", name="{name}p", source="s3://b/4", tags=[{"key": "mlflow.prompt.is_prompt", "value": "true"}]),
)  # fmt: skip
_MODEL_FILTERS: Final = (
    "", _ALL, "name = '{name}a'", "name != '{name}a' AND " + _ALL, "name LIKE '{name}_'", "name ILIKE '{name}c'", "name like '{name}%'", "name IN ('{name}a', '{name}b')", "name NOT IN ('{name}a') AND " + _ALL, "name > 'a'", "tags.t = '1' AND " + _ALL, "tag.t = '1' AND " + _ALL, "tags.t != '1' AND " + _ALL, "tags.t LIKE '%' AND " + _ALL, "tags.u ILIKE 'x' AND " + _ALL, "tags.t IS NULL", "tags.t IS NOT NULL", "tags.t IN ('1')",
    "tags.`mlflow.prompt.is_prompt` = 'true' AND " + _ALL, "tags.`mlflow.prompt.is_prompt` != 'true' AND " + _ALL, "tags.`mlflow.prompt.is_prompt` = 'false' AND " + _ALL, "name = '{name}p'", "attribute.name = '{name}a'", "creation_timestamp > 0", "description = 'first'", "bogus = 'x'", "name = '{name}a' OR name = 'b'", "name =", "name", "(name = 'x')", 'name = "{name}a"', "`name` = '{name}a'", "tags.t = '1' AND tags.t = '2'", "name = {name}a", "tags.t = 1", "aliases = 'x'", "tags.t = '1' AND name = '{name}a'",
)  # fmt: skip
_MODEL_ORDERS: Final = (
    ["name"],
    ["name DESC"],
    ["name desc"],
    ["timestamp"],
    ["timestamp DESC"],
    ["last_updated_timestamp"],
    ["last_updated_timestamp DESC"],
    ["creation_timestamp"],
    ["bogus"],
    ["name up"],
    [""],
    ["name", "name"],
    ["tags.t"],
    ["last_updated_timestamp ASC", "name DESC"],
    ["attribute.name"],
    ["description"],
)
_VERSION_FILTERS: Final = (
    _ALL, "name = '{name}a'", "name != '{name}a' AND " + _ALL, "name LIKE '{name}_'", "name ILIKE '{name}A'", "name IN ('{name}a')", "name NOT IN ('{name}a') AND " + _ALL, "run_id = '{run}'", "run_id != '{run}' AND " + _ALL, "run_id IN ('{run}')", "run_id IN ()", "run_id LIKE '%' AND " + _ALL, "source_path = 's3://b/1' AND " + _ALL, "source_path LIKE 's3%' AND " + _ALL, "source_path IN ('s3://b/1')", "source = 's3://b/1'", "version_number = 1 AND " + _ALL, "version_number > 1 AND " + _ALL, "version_number = '1' AND " + _ALL, "version_number LIKE '1'", "version_number != 1 AND " + _ALL, "version_number = 1.5", "version_number IN (1)",
    "tags.k = 'One' AND " + _ALL, "tags.k != 'x' AND " + _ALL, "tags.k ILIKE 'one' AND " + _ALL, "tag.k = 'One' AND " + _ALL, "tags.k IS NULL", "tags.`mlflow.prompt.is_prompt` = 'true' AND " + _ALL, "name = '{name}p'", "current_stage = 'None'", "aliases = 'x'", "creation_timestamp > 0", "description = 'two'", "bogus = 'x'", "name = 'a' OR name = 'b'", "name =", "version = 1", "status = 'READY'", "user_id = 'x'", "model_id = 'x'", "", " ", "name = '{name}a' AND version_number >= 2", "attribute.name = '{name}a'", "run_id NOT IN ('{run}') AND " + _ALL,
)  # fmt: skip
_VERSION_ORDERS: Final = (
    ["name"],
    ["name DESC"],
    ["version_number"],
    ["version_number DESC"],
    ["creation_timestamp"],
    ["creation_timestamp DESC"],
    ["last_updated_timestamp"],
    ["last_updated_timestamp DESC"],
    ["name", "version_number DESC"],
    ["bogus"],
    ["version"],
    ["timestamp"],
    ["name up"],
    [""],
    ["run_id"],
    ["tags.k"],
    ["current_stage"],
    ["source_path"],
    [],
)
_NAMES: Final = (
    "",
    None,
    " ",
    "a/b {name}",
    "a:b {name}",
    "a.b {name}",
    "../{name}",
    "{name}/..",
    5,
    "x" * 256,
    "x" * 257,
    "é {name}",
    "{name}\n",
    "a//b",
    ".",
    "a%2Fb {name}",
    "a#b {name}",
    "{name}",
)
_SOURCES: Final = (
    "s3://b/x", "s3://b", "s3://", "s3:/x", "s3", "gs://b/x", "wasbs://c@a.blob/x", "abfss://c@a/x", "dbfs:/x", "hdfs://h/x", "http://h/x", "https://h/x", "ftp://h/x", "sftp://h/x", "file:///tmp/x", "/tmp/x", "tmp/x", "./x", "", None, 5, "x", "s3://b/a b", "s3://b/a%20b", "s3://b/a?x=1", "s3://b/a#x", "s3://b/../x", "s3://b/%2e%2e/x", "s3://b/a/..", "mlflow-artifacts:/1/x", "mlflow-artifacts://h/1/x",
    "runs:/{run}/model", "runs:/x/model", "models:/none/1", "models:/{model}/1", "models:/{model}@x", "models:/m-x", "models:/{logged}", "mlflow-artifacts:/{experiment}/{run}/artifacts/model", "mlflow-artifacts:/{experiment}/{run}/artifacts", "mlflow-artifacts:/{experiment}/{run}/artifacts/../x", "mlflow-artifacts:/{experiment}/{run}/artifactsx", "dummy-source", "git://h/x", "databricks://x", "r2://b/x", "b2://b/x", "viewfs://h/x", "S3://b/x", "s3://b//x", "file:x", "file://h/x", "C:\\x", "x" * 501, "s3://b/" + "x" * 500, "uri with spaces", "s3://b/\u00e9",
    "http://127.0.0.1/x?y", "/tmp/x?y", "/tmp/x#y", "?x", "#x", "s3://b?x", "s3://b#x", "dbfs:/a?b", "dbfs:/a#b", "gs://b/a?b", "models:/m-x?y", "runs:/{run}/m?x", "runs:/{run}/m#x", "mlflow-artifacts:/{experiment}/{run}/artifacts/m?x", "mlflow-artifacts:/{experiment}/{run}/artifacts/m#x",
)  # fmt: skip
_KEYS: Final = (
    ("k", "v"),
    ("k", ""),
    ("", "v"),
    (None, "v"),
    ("k", None),
    ("k" * 250, "v"),
    ("k" * 251, "v"),
    ("k", "v" * 100_000),
    ("k", "v" * 100_001),
    ("a/b", "v"),
    ("a//b", "v"),
    ("../a", "v"),
    ("a b", "v"),
    ("a,b", "v"),
    (5, "v"),
    ("k", 5),
)
_STAGES: Final = ("Staging", "staging", "PRODUCTION", "Archived", "None", "none", "bogus", "", None, 5, "staging ")
_ALIASES: Final = (
    "champion",
    "a_b-c",
    "latest",
    "Latest",
    "LATEST",
    "v1",
    "V12",
    "v",
    "v1x",
    "a b",
    "a.b",
    "a/b",
    "",
    None,
    5,
    "x" * 255,
    "x" * 256,
    "é",
    "1",
    "a:b",
    "a@b",
)
_NUMBERS: Final = ("1", 1, "0", 0, "-1", "99", "x", "", None, "1.0", 1.5, True, "01", " 1", "99999999999999999999")

CASES: Final[Sequence[Case]] = (
    *(Case(f"model named {name!r:.15} {len(str(name))}", (post(f"{_RM}create", name=name), post(f"{_RM}create", name=name))) for name in _NAMES if name not in ("x" * 256, "x" * 257)),
    *(Case(f"model of {n}", (post(f"{_RM}create", name="{name}", **fields), get(f"{_RM}get", name="{name}"))) for n, fields in enumerate((
        {"description": "d"}, {"description": ""}, {"description": None}, {"description": 5}, {"description": "x" * 5001}, {"description": "x" * 100_000}, {"tags": [{"key": "b", "value": "1"}, {"key": "a", "value": "2"}]}, {"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, {"tags": [{}]}, {"tags": [{"key": "a"}]}, {"tags": [{"value": "a"}]}, {"tags": "x"}, {"tags": [{"key": "k" * 251, "value": "v"}]}, {"tags": [{"key": "k", "value": "v" * 100_001}]}, {"tags": [{"key": "a//b", "value": "v"}]}, {"deployment_job_id": "x"}))),
    *(Case(f"model {one!r} in {verb}", (step,)) for one in ("none of {name}", "", None, "a/b", 5, " ") for verb, step in {
        "get": get(f"{_RM}get", name=one), "rename": post(f"{_RM}rename", name=one, new_name="new {name}"), "update": patch(f"{_RM}update", name=one, description="d"), "delete": delete(f"{_RM}delete", name=one), "latest": post(f"{_RM}get-latest-versions", name=one), "set-tag": post(f"{_RM}set-tag", name=one, key="k", value="v"),
        "delete-tag": delete(f"{_RM}delete-tag", name=one, key="k"), "alias": post(f"{_RM}alias", name=one, alias="a", version="1"), "unalias": delete(f"{_RM}alias", name=one, alias="a"), "by alias": get(f"{_RM}alias", name=one, alias="a"), "version": post(f"{_MV}create", name=one, source="s3://b/x"), "get version": get(f"{_MV}get", name=one, version="1"),
        "delete version": delete(f"{_MV}delete", name=one, version="1"), "stage": post(f"{_MV}transition-stage", name=one, version="1", stage="Staging", archive_existing_versions=False), "uri": get(f"{_MV}get-download-uri", name=one, version="1")}.items()),
    Case("model's life", (
        post(f"{_RM}create", name="{name}"), patch(f"{_RM}update", name="{name}", description="new"), patch(f"{_RM}update", name="{name}", description=""), patch(f"{_RM}update", name="{name}"), post(f"{_RM}rename", name="{name}", new_name="{name}2"), get(f"{_RM}get", name="{name}"), get(f"{_RM}get", name="{name}2"), post(f"{_RM}create", name="{name}"), post(f"{_RM}rename", name="{name}", new_name="{name}2"), post(f"{_RM}rename", name="{name}", new_name="{name}"),
        post(f"{_RM}rename", name="{name}", new_name="a/b"), post(f"{_RM}rename", name="{name}"), post(f"{_RM}rename", name="{name}", new_name=""), delete(f"{_RM}delete", name="{name}"), delete(f"{_RM}delete", name="{name}"), post(f"{_RM}delete", name="{name}2"), post(f"{_RM}update", name="{name}2", description="x"), get("/ajax-api/2.0/mlflow/registered-models/get", name="{name}2"))),
    Case("model with everything", (
        _version().keep(version="model_version.version"), _version(), post(f"{_RM}set-tag", name=M, key="k", value="v"), post(f"{_RM}alias", name=M, alias="b", version="1"), post(f"{_RM}alias", name=M, alias="a", version="2"), post(f"{_MV}transition-stage", name=M, version="1", stage="Production", archive_existing_versions=False), post(f"{_MV}set-tag", name=M, version="1", key="x", value="y"), get(f"{_RM}get", name=M), get(f"{_MV}get", name=M, version="1"),
        post(f"{_RM}rename", name=M, new_name="{name}new"), get(f"{_RM}get", name="{name}new"), get(f"{_MV}get", name="{name}new", version="2"), get(f"{_RM}alias", name="{name}new", alias="a"), delete(f"{_MV}delete", name="{name}new", version="2"), get(f"{_RM}get", name="{name}new"), get(f"{_RM}alias", name="{name}new", alias="a"), post(f"{_MV}create", name="{name}new", source="s3://b/3"), delete(f"{_RM}delete", name="{name}new"), post(f"{_RM}create", name="{name}new"), post(f"{_MV}create", name="{name}new", source="s3://b/4"))),
    *(Case(f"models where {text!r}", (*_MODELS, get(f"{_RM}search", filter=text))) for text in _MODEL_FILTERS if text),
    *(Case(f"models by {order}", (*_MODELS, get(f"{_RM}search", filter=_ALL, order_by=order))) for order in _MODEL_ORDERS),
    *(Case(f"models' page of {most!r}", (*_MODELS, get(f"{_RM}search", filter=_ALL, max_results=most))) for most in (0, -1, 1, 2, 3, 1000, 1001, "x", 1.5, "")),
    Case("models' pages", (*_MODELS, get(f"{_RM}search", filter=_ALL, max_results=2).keep(t="next_page_token"), get(f"{_RM}search", filter=_ALL, max_results=2, page_token="{t}"), get(f"{_RM}search", filter=_ALL, max_results=2, page_token="x"), get(f"{_RM}search", filter=_ALL, max_results=3), post(f"{_RM}search", filter=_ALL), get(f"{_RM}list"))),
    *(Case(f"model's tag {n}", (post(f"{_RM}set-tag", name=M, key=key, value=value), get(f"{_RM}get", name=M))) for n, (key, value) in enumerate(_KEYS)),
    *(Case(f"version's tag {n}", (post(f"{_MV}set-tag", name=M, version="{version}", key=key, value=value), get(f"{_MV}get", name=M, version="1"))) for n, (key, value) in enumerate(_KEYS)),
    Case("model untagged", (post(f"{_RM}set-tag", name=M, key="k", value="v"), delete(f"{_RM}delete-tag", name=M, key="k"), delete(f"{_RM}delete-tag", name=M, key="k"), delete(f"{_RM}delete-tag", name=M), delete(f"{_RM}delete-tag", name=M, key="a//b"), get(f"{_RM}get", name=M))),
    Case("version untagged", (post(f"{_MV}set-tag", name=M, version="{version}", key="k", value="v"), delete(f"{_MV}delete-tag", name=M, version="1", key="k"), delete(f"{_MV}delete-tag", name=M, version="1", key="k"), delete(f"{_MV}delete-tag", name=M, version="1"), delete(f"{_MV}delete-tag", name=M, version="9", key="k"), delete(f"{_MV}delete-tag", name=M, version="1", key="a//b"))),
    *(Case(f"version from {source!r:.60} {len(str(source))}", (get(f"{_RM}get", name=M), _version(source=source))) for source in _SOURCES),
    *(Case(f"version from {source!r:.60} {len(str(source))} of the run", (get(f"{_RM}get", name=M), _version(source=source, run_id="{run}"))) for source in _SOURCES),
    *(Case(f"version from {source!r:.60} of the logged model", (get(f"{_RM}get", name=M), _version(source=source, model_id="{logged}"))) for source in ("s3://b/x", "models:/{logged}", "models:/m-x", "models:/{logged2}", "mlflow-artifacts:/{experiment}/models/{logged}/artifacts", "mlflow-artifacts:/{experiment}/models/{logged2}/artifacts", "/tmp/x", "runs:/{run}/m", "mlflow-artifacts:/{experiment}/{run}/artifacts/m")),
    *(Case(f"version of {n}", (_version(**fields), get(f"{_MV}get", name=M, version="1"), get(f"{_MV}get-download-uri", name=M, version="1"))) for n, fields in enumerate((
        {}, {"description": "d"}, {"description": "x" * 5001}, {"run_id": "none"}, {"run_id": ""}, {"run_link": "http://x"}, {"run_link": "x" * 501}, {"tags": [{"key": "b", "value": "1"}, {"key": "a", "value": "2"}]}, {"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, {"tags": [{}]}, {"tags": [{"key": "k" * 251, "value": "v"}]}, {"tags": [{"key": "k", "value": "v" * 100_001}]}, {"model_id": "m-none"}, {"model_id": ""}, {"model_id": "{logged}"}, {"tags": "x"}, {"description": 5}, {"run_id": 5}, {"run_id": "{run}"}))),
    Case("version of a version", (_version(), _version(source="models:/{model}/1"), get(f"{_MV}get-download-uri", name=M, version="2"), post(f"{_RM}alias", name=M, alias="a", version="1"), _version(source="models:/{model}@a"), _version(source="models:/{model}/latest"), _version(source="models:/{model}/9"), _version(source="models:/{model}"), get(f"{_MV}get-download-uri", name=M, version="3"), _version(source="models:/{model}/1/sub"))),
    Case("numbers of versions", (_version(), _version(), delete(f"{_MV}delete", name=M, version="2"), _version(), delete(f"{_MV}delete", name=M, version="1"), get(f"{_RM}get", name=M), get(f"{_MV}get", name=M, version="1"), delete(f"{_MV}delete", name=M, version="1"))),
    *(Case(f"version number {one!r} in {verb}", (_version(), step)) for one in _NUMBERS for verb, step in {
        "get": get(f"{_MV}get", name=M, version=one), "delete": delete(f"{_MV}delete", name=M, version=one), "update": patch(f"{_MV}update", name=M, version=one, description="d"), "stage": post(f"{_MV}transition-stage", name=M, version=one, stage="Staging", archive_existing_versions=False), "tag": post(f"{_MV}set-tag", name=M, version=one, key="k", value="v"), "alias": post(f"{_RM}alias", name=M, alias="a", version=one), "uri": get(f"{_MV}get-download-uri", name=M, version=one)}.items()),
    *(Case(f"stage {stage!r} archiving {archive!r}", (_version(), _version(), post(f"{_MV}transition-stage", name=M, version="1", stage="Staging", archive_existing_versions=False), post(f"{_MV}transition-stage", name=M, version="2", stage=stage, archive_existing_versions=archive), get(f"{_RM}get", name=M))) for stage in _STAGES for archive in (False, True)),
    *(Case(f"archiving {archive!r}", (_version(), post(f"{_MV}transition-stage", name=M, version="1", stage="Staging", archive_existing_versions=archive))) for archive in (None, "true", 1, "x", 0)),
    Case("stage without archiving", (_version(), post(f"{_MV}transition-stage", name=M, version="1", stage="Staging"), post(f"{_MV}transition-stage", name=M, version="1"))),
    *(Case(f"latest of stages {stages!r}", (_version(), _version(), post(f"{_MV}transition-stage", name=M, version="1", stage="Staging", archive_existing_versions=False), post(f"{_RM}get-latest-versions", name=M, stages=stages), get(f"{_RM}get-latest-versions", name=M, stages=stages))) for stages in ([], ["Staging"], ["staging", "None"], ["bogus"], ["Production"], "Staging", [""], ["None", "Staging", "Production", "Archived"], ["Staging", "Staging"])),
    *(Case(f"alias {alias!r:.12} {len(str(alias))}", (_version(), post(f"{_RM}alias", name=M, alias=alias, version="1"), get(f"{_RM}alias", name=M, alias=alias), get(f"{_RM}get", name=M), delete(f"{_RM}alias", name=M, alias=alias), delete(f"{_RM}alias", name=M, alias=alias), get(f"{_RM}alias", name=M, alias=alias))) for alias in _ALIASES),
    Case("alias moved", (_version(), _version(), post(f"{_RM}alias", name=M, alias="a", version="1"), post(f"{_RM}alias", name=M, alias="a", version="2"), get(f"{_RM}alias", name=M, alias="a"), post(f"{_RM}alias", name=M, alias="b", version="2"), get(f"{_MV}get", name=M, version="2"), get(f"{_MV}search", filter="name = '{model}'"), post(f"{_RM}alias", name=M, alias="a", version="9"), post(f"{_RM}alias", name=M, alias="a"), post(f"{_RM}alias", name=M, version="1"), get(f"{_RM}alias", name=M, alias="none"), get(f"{_RM}alias", name=M), delete(f"{_RM}alias", name=M))),
    Case("version described", (_version(), patch(f"{_MV}update", name=M, version="1", description="d"), patch(f"{_MV}update", name=M, version="1", description=""), patch(f"{_MV}update", name=M, version="1"), patch(f"{_MV}update", name=M, version="9", description="d"), post(f"{_MV}update", name=M, version="1", description="d"))),
    *(Case(f"versions where {text!r}", (*_MODELS, get(f"{_MV}search", filter=text))) for text in _VERSION_FILTERS if text.strip()),
    *(Case(f"versions by {order}", (*_MODELS, get(f"{_MV}search", filter=_ALL, order_by=order))) for order in _VERSION_ORDERS),
    *(Case(f"versions' page of {most!r}", (*_MODELS, get(f"{_MV}search", filter=_ALL, max_results=most))) for most in (0, -1, 1, 2, 3, 200_000, 200_001, "x", 1.5, "")),
    Case("versions' pages", (*_MODELS, get(f"{_MV}search", filter=_ALL, max_results=2).keep(t="next_page_token"), get(f"{_MV}search", filter=_ALL, max_results=2, page_token="{t}"), get(f"{_MV}search", filter=_ALL, max_results=2, page_token="x"), post(f"{_MV}search", filter=_ALL), get("/ajax-api/2.0/mlflow/model-versions/search", filter=_ALL))),
)  # fmt: skip
