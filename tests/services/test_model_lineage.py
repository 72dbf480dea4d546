"""Where versions may come from and where models are."""

import pytest

from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.logged_models import LoggedModel, NewLoggedModel
from modelyard.domain.models import NewVersion, Stage
from modelyard.domain.principals import LOCAL_OWNER as OWNER
from modelyard.domain.runs import ModelLink, NewRun, Run
from modelyard.services.experiments import Experiments
from modelyard.services.logged_models import LoggedModels
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.services.runs import Runs

ELSEWHERE = [
    "mlflow-artifacts:/0/other/artifacts/model",
    "mlflow-artifacts:/0",
    "{root}-sibling/model",
    "{root}/../../etc",
    "{root}/%2e%2e/%2e%2e/x",
    "{root}/%252e%252e/x",
    "mlflow-artifacts://host{path}/model",
    "/etc/passwd",
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "file%3A///etc/passwd",
    "etc/passwd",
    "C:\\windows",
    "..\\..\\etc",
    "runs:/other/model",
    "runs:/{run}/../x",
    "models:/m-unknown",
    "http://example.org/m",
    "https://example.org/api/2.0/mlflow-artifacts/artifacts/x",
    "ftp://example.org/m",
    "hdfs://example.org/m",
    "abfss://x@y/m",
    "s3://b/;../..",
    "s3://b/../x",
    "s3://b",
    "s3://",
    "http:///#../..",
    "s3://b/a\0b",
    " file:///etc/passwd",
    "",
]


@pytest.fixture
async def run(experiments: Experiments, runs: Runs, models: Models) -> Run:
    await experiments.ensure_default()
    await models.create(OWNER, "taxi")
    return (await runs.create(OWNER, NewRun("0"))).run


@pytest.fixture
async def logged(run: Run, logged_models: LoggedModels) -> LoggedModel:
    return await logged_models.create(OWNER, NewLoggedModel("0", "model", source_run_id=run.id))


async def test_a_place_among_the_runs_artifacts_is_accepted(run: Run, versions: ModelVersions) -> None:
    source = f"{run.artifact_uri}/model"
    made = await versions.create(OWNER, "taxi", NewVersion(source, run_id=run.id))
    assert (made.source, made.location, made.run_id) == (source, source, run.id)


async def test_other_places_are_refused_even_with_the_runs_id(run: Run, versions: ModelVersions) -> None:
    path = run.artifact_uri.removeprefix("mlflow-artifacts:")
    for source in ELSEWHERE:
        given = source.format(root=run.artifact_uri, path=path, run=run.id)
        with pytest.raises(InvalidInput):
            pytest.fail(f"{given} became {await versions.create(OWNER, 'taxi', NewVersion(given, run_id=run.id))}")


async def test_a_place_among_the_runs_artifacts_needs_the_runs_id(run: Run, versions: ModelVersions) -> None:
    for run_id in (None, "", "unknown"):
        with pytest.raises(InvalidInput, match="run_id request parameter must identify"):
            await versions.create(OWNER, "taxi", NewVersion(f"{run.artifact_uri}/model", run_id=run_id))


async def test_stores_of_others_are_accepted(run: Run, versions: ModelVersions) -> None:
    for source in ["s3://bucket/m", "gs://bucket/m", "wasbs://c@a.blob.core.windows.net/m", "dbfs:/m"]:
        assert (await versions.create(OWNER, "taxi", NewVersion(source))).location == source


async def test_a_logged_model_is_registered_by_its_id(
    logged: LoggedModel, run: Run, versions: ModelVersions, logged_models: LoggedModels
) -> None:
    made = await versions.create(OWNER, "taxi", NewVersion(f"models:/{logged.id}", model_id=logged.id))
    assert (made.location, made.run_id, made.model_id) == (logged.artifact_uri, run.id, logged.id)
    tags = (await logged_models.get(OWNER, logged.id)).tags
    assert tags["mlflow.modelVersions"] == '[{"name": "taxi", "version": 1}]'
    with pytest.raises(InvalidInput, match="model_id request parameter must identify"):
        await versions.create(OWNER, "taxi", NewVersion(f"models:/{logged.id}"))


async def test_a_place_among_the_logged_models_files_is_accepted(logged: LoggedModel, versions: ModelVersions) -> None:
    made = await versions.create(OWNER, "taxi", NewVersion(f"{logged.artifact_uri}/x", model_id=logged.id))
    assert made.run_id == logged.source_run_id
    with pytest.raises(InvalidInput):
        await versions.create(OWNER, "taxi", NewVersion("mlflow-artifacts:/0/models/m-x/artifacts", model_id=logged.id))


async def test_a_version_can_be_made_of_a_version(run: Run, models: Models, versions: ModelVersions) -> None:
    await versions.create(OWNER, "taxi", NewVersion(f"{run.artifact_uri}/model", run_id=run.id))
    await versions.set_alias(OWNER, "taxi", "champion", 1)
    await models.create(OWNER, "copy")
    for source in ("models:/taxi/1", "models:/taxi@champion", "models:/taxi/latest", "models:/taxi/none"):
        made = await versions.create(OWNER, "copy", NewVersion(source))
        assert (made.source, made.location) == ("models:/taxi/1", f"{run.artifact_uri}/model")
        assert made.run_id == run.id
    with pytest.raises(InvalidInput, match="must match"):
        await versions.create(OWNER, "copy", NewVersion("models:/taxi/1", run_id="other"))
    with pytest.raises(NotFound):
        await versions.create(OWNER, "copy", NewVersion("models:/taxi/7"))


async def test_local_places_are_compared_as_the_file_system_sees_them(
    experiments: Experiments,
    runs: Runs,
    models: Models,
    versions: ModelVersions,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("runs")
    experiment = await experiments.create(OWNER, "local", f"file://{root}")
    started = (await runs.create(OWNER, NewRun(experiment.id))).run
    inside = root / started.id / "artifacts"
    inside.mkdir(parents=True)
    (inside / "link").symlink_to("/etc")
    await models.create(OWNER, "taxi")
    assert await versions.create(OWNER, "taxi", NewVersion(f"{inside}/model", run_id=started.id))
    assert await versions.create(OWNER, "taxi", NewVersion(f"file://{inside}/model", run_id=started.id))
    for outside in (f"{inside}/link/passwd", f"{root}", f"{inside}-sibling/x", "/etc"):
        with pytest.raises(InvalidInput, match="contained within the artifact directory"):
            await versions.create(OWNER, "taxi", NewVersion(outside, run_id=started.id))


async def test_addresses_of_versions_are_resolved(run: Run, versions: ModelVersions) -> None:
    for number in (1, 2):
        await versions.create(OWNER, "taxi", NewVersion(f"{run.artifact_uri}/m{number}", run_id=run.id))
    await versions.set_alias(OWNER, "taxi", "champion", 1)
    await versions.move(OWNER, "taxi", 1, Stage.PRODUCTION)
    for uri, number in (
        ("models:/taxi/1", 1),
        ("models:/taxi@champion", 1),
        ("models:/taxi/production", 1),
        ("models:/taxi/latest", 2),
        ("models:/taxi@latest", 2),
    ):
        resolved = await versions.resolve(OWNER, uri)
        assert (resolved.name, resolved.version, resolved.run_id) == ("taxi", number, run.id), uri
        assert resolved.location == f"{run.artifact_uri}/m{number}"


async def test_an_address_that_leads_nowhere_is_named(run: Run, versions: ModelVersions) -> None:
    for uri, what in [
        ("models:/taxi/9", "version=9"),
        ("models:/taxi@nobody", "alias nobody"),
        ("models:/taxi/Staging", "stage 'Staging'"),
        ("models:/other/1", "name=other"),
        ("models:/m-nothing", "m-nothing"),
        ("runs:/nothing/model", "id=nothing"),
    ]:
        with pytest.raises(NotFound, match=what):
            await versions.resolve(OWNER, uri)


async def test_what_is_no_address_is_refused(versions: ModelVersions) -> None:
    for uri in ["", "taxi", "models:/", "models:taxi/1", "models:/a/b/c", "models://h/a/1", "s3://b/m"]:
        with pytest.raises(InvalidInput, match="Not the URI of a model"):
            await versions.resolve(OWNER, uri)


async def test_the_model_of_a_run_is_found_where_its_files_are(
    logged: LoggedModel, run: Run, runs: Runs, versions: ModelVersions, logged_models: LoggedModels
) -> None:
    resolved = await versions.resolve(OWNER, f"runs:/{run.id}/model")
    assert (resolved.location, resolved.model_id, resolved.run_id) == (logged.artifact_uri, logged.id, run.id)
    later = await logged_models.create(OWNER, NewLoggedModel("0", "model", source_run_id=run.id))
    await runs.log_outputs(OWNER, run.id, [ModelLink(logged.id, 5), ModelLink(later.id, 3)])
    assert (await versions.resolve(OWNER, f"runs:/{run.id}/model")).model_id == logged.id
    old_style = await versions.resolve(OWNER, f"runs:/{run.id}/other/model")
    assert (old_style.location, old_style.model_id) == (f"{run.artifact_uri}/other/model", "")
    with pytest.raises(InvalidInput, match=r"\.\."):
        await versions.resolve(OWNER, f"runs:/{run.id}/a/../../b")


async def test_a_version_from_a_run_is_resolved_to_the_files(
    logged: LoggedModel, run: Run, versions: ModelVersions
) -> None:
    made = await versions.create(OWNER, "taxi", NewVersion(f"runs:/{run.id}/model", run_id=run.id))
    assert made.location == f"runs:/{run.id}/model"
    resolved = await versions.resolve(OWNER, "models:/taxi/1")
    assert (resolved.location, resolved.name, resolved.version) == (logged.artifact_uri, "taxi", 1)


async def test_a_place_in_the_store_is_its_own_address(versions: ModelVersions) -> None:
    assert (
        await versions.resolve(OWNER, "mlflow-artifacts:/0/x/artifacts")
    ).location == "mlflow-artifacts:/0/x/artifacts"
    with pytest.raises(InvalidInput):
        await versions.resolve(OWNER, "mlflow-artifacts:/0/%2e%2e/x")
