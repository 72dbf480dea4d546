from pathlib import Path

import pytest

from modelyard.domain.errors import AlreadyExists, InvalidInput, NotFound, PermissionDenied
from modelyard.domain.imports import ImportOptions, ImportReport, Unreadable
from modelyard.domain.principals import Principal
from modelyard.domain.runs import Logged
from modelyard.services.artifacts import Artifacts
from modelyard.services.experiments import Experiments
from modelyard.services.imports import Imports
from modelyard.services.model_versions import ModelVersions
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.services.series import Series
from modelyard.storage.blobs import open_blobs
from modelyard.storage.database import Database
from modelyard.storage.foreign.opening import open_mlflow
from tests.support import mlruns
from tests.support.silence import Silent
from tests.support.tracking import ME, STRANGER, journal, new_experiment, shown


async def bring(
    database: Database,
    root: Path,
    *,
    keep_going: bool = False,
    dry_run: bool = False,
    artifacts: Path | None = None,
    principal: Principal = ME,
) -> ImportReport:
    store = open_mlflow(str(root), artifacts)
    imports = Imports(database, open_blobs(root.parent / "blobs"))
    return await imports.bring(principal, store, ImportOptions(keep_going, dry_run), Silent())


async def text(database: Database, root: Path, path: str) -> bytes:
    _, stream = await Artifacts(database, open_blobs(root.parent / "blobs")).open(ME, path)
    return b"".join([piece async for piece in stream])


async def test_a_store_arrives_with_its_ids(database: Database, tmp_path: Path) -> None:
    root = mlruns.store(tmp_path / "mlruns", {"7": "rides"})
    report = await bring(database, root)
    assert (report.added.runs, report.added.points, report.added.files) == (2, 20, 2)
    found = await Runs(database).get(ME, "7r0")
    assert (found.run.experiment_id, found.run.artifact_uri) == ("7", "mlflow-artifacts:/7/7r0/artifacts")
    assert shown(found)["params"] == {"depth": "3"}
    assert len((await Series(database).history(ME, "7r1", "loss")).items) == 10
    assert await text(database, root, "7/7r0/artifacts/note.txt") == b"7r0"
    assert ("experiment.imported", "7", "local") in await journal(database)


async def test_new_experiments_get_ids_beyond_those_that_came(database: Database, tmp_path: Path) -> None:
    await bring(database, mlruns.store(tmp_path / "mlruns", {"7": "rides"}))
    assert int(await new_experiment(database, "next")) > 7


async def test_an_id_that_is_taken_is_replaced_and_said(database: Database, tmp_path: Path) -> None:
    taken = await new_experiment(database, "mine")
    root = mlruns.store(tmp_path / "mlruns", {taken: "theirs"})
    report = await bring(database, root)
    [arrived] = report.experiments
    assert arrived.id != taken
    assert f"its own, {taken}, belongs to another one" in report.notes[0]
    found = (await Runs(database).get(ME, f"{taken}r0")).run
    assert found.artifact_uri == f"mlflow-artifacts:/{arrived.id}/{taken}r0/artifacts"
    again = await bring(database, root)
    assert (again.added.runs, again.added.files, again.experiments[0].id) == (0, 0, arrived.id)


async def test_an_experiment_of_the_same_name_is_added_to(database: Database, tmp_path: Path) -> None:
    mine = await new_experiment(database, "rides")
    report = await bring(database, mlruns.store(tmp_path / "mlruns", {"99": "rides"}))
    assert (await Runs(database).get(ME, "99r0")).run.experiment_id == mine
    assert "was added to the one of that name" in report.notes[0]


async def test_an_experiment_is_known_again_after_it_was_renamed_here(database: Database, tmp_path: Path) -> None:
    root = mlruns.store(tmp_path / "mlruns", {"7": "rides"})
    await bring(database, root)
    await Experiments(database).rename(ME, "7", "trips")
    mlruns.run(root / "7", "7r9")
    report = await bring(database, root)
    assert report.added.runs == 1
    assert (await Runs(database).get(ME, "7r9")).run.experiment_id == "7"


async def test_what_was_changed_here_stays(database: Database, tmp_path: Path) -> None:
    root = mlruns.store(tmp_path / "mlruns", {"7": "rides"})
    mlruns.put(root / "7" / "7r0" / "tags" / "said", "there")
    await bring(database, root)
    await RunLog(database).log(ME, "7r0", Logged(tags=[("said", "here")]))
    await Runs(database).delete(ME, "7r1")
    mlruns.put(root / "7" / "7r0" / "tags" / "more", "yes")
    await bring(database, root)
    tags = shown(await Runs(database).get(ME, "7r0"))["tags"]
    assert (tags["said"], tags["more"]) == ("here", "yes")
    assert (await Runs(database).get(ME, "7r1")).run.lifecycle == "deleted"


async def test_a_damaged_run_stops_the_import_and_leaves_its_experiment_out(database: Database, tmp_path: Path) -> None:
    root = mlruns.store(tmp_path / "mlruns", {"7": "whole", "8": "damaged"})
    mlruns.put(root / "8" / "8r1" / "metrics" / "loss", "1 1 1\n2 two 2\n")
    with pytest.raises(Unreadable, match=r"Experiment 8: .*8r1/metrics/loss: line 2 is '2 two 2'"):
        await bring(database, root)
    assert await Runs(database).get(ME, "7r0")
    for gone in (Experiments(database).get(ME, "8"), Runs(database).get(ME, "8r0")):
        with pytest.raises(NotFound):
            await gone


async def test_an_import_that_stops_keeps_the_pages_before_and_goes_on_after_them(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelyard.services.import_experiments.PAGE", 2)
    root = mlruns.store(tmp_path / "mlruns", {"7": "rides"}, 5)
    rehearsed = await bring(database, root, dry_run=True)
    assert (rehearsed.added.experiments, rehearsed.added.runs) == (1, 5)
    order = list(open_mlflow(str(root), None).run_ids("7"))
    mlruns.put(root / "7" / order[3] / "metrics" / "loss", "1 1 1\n2 two 2\n")
    with pytest.raises(Unreadable, match="What came before it stays"):
        await bring(database, root)
    for here in order[:2]:
        assert (await Runs(database).get(ME, here)).run.experiment_id == "7"
    for missing in order[2:]:
        with pytest.raises(NotFound):
            await Runs(database).get(ME, missing)
    mlruns.run(root / "7", order[3])
    report = await bring(database, root)
    assert (report.added.experiments, report.added.runs) == (0, 3)
    arrived = [one for one in await journal(database) if one[0] == "experiment.imported"]
    assert len(arrived) == 3, "each page is an event of its own, and nothing new is none"
    mlruns.put(root / "7" / order[1] / "metrics" / "loss", "1 1 1\n2 two 2\n")
    mlruns.run(root / "7", "7r9")
    with pytest.raises(Unreadable):
        await bring(database, root)
    assert (await Runs(database).get(ME, "7r9")).run.experiment_id == "7", "what is missing comes first"


@pytest.mark.parametrize(
    ("file", "content"), [("metrics/loss", "1 1 1\n2 two 2\n"), ("meta.yaml", "status: ["), ("meta.yaml", "")]
)
async def test_a_damaged_run_can_be_left_out(database: Database, tmp_path: Path, file: str, content: str) -> None:
    root = mlruns.store(tmp_path / "mlruns", {"8": "damaged"})
    mlruns.put(root / "8" / "8r1" / file, content)
    report = await bring(database, root, keep_going=True)
    assert report.added.runs == 1
    [problem] = report.problems
    assert problem.startswith("Run 8r1 was left out: ")
    assert file in problem
    with pytest.raises(NotFound):
        await Runs(database).get(ME, "8r1")
    mlruns.run(root / "8", "8r1")
    assert (await bring(database, root)).added.runs == 1


async def test_a_rehearsal_leaves_nothing(database: Database, tmp_path: Path) -> None:
    root = mlruns.store(tmp_path / "mlruns", {"7": "rides"})
    mlruns.model(root, "net", 5, f"file://{root}/7/7r0/artifacts", "7r0")
    rehearsed = await bring(database, root, dry_run=True)
    with pytest.raises(NotFound):
        await Experiments(database).get(ME, "7")
    assert await Artifacts(database, open_blobs(tmp_path / "blobs")).list(ME) == []
    assert (await bring(database, root)).added == rehearsed.added


async def test_a_version_follows_the_files_of_its_run(database: Database, tmp_path: Path) -> None:
    root = mlruns.store(tmp_path / "mlruns", {"7": "rides"})
    mlruns.model(root, "net", 5, "file:///another/machine/mlruns/7/7r0/artifacts/model", "7r0")
    await bring(database, root)
    version = await ModelVersions(database).get(ME, "net", 1)
    assert version.location == version.source == "mlflow-artifacts:/7/7r0/artifacts/model"


async def test_a_version_of_no_run_brings_its_files(database: Database, tmp_path: Path) -> None:
    root = mlruns.store(tmp_path / "mlruns", {"7": "rides"})
    mlruns.put(tmp_path / "saved" / "MLmodel", "flavors: {}")
    mlruns.model(root, "a net", 5, str(tmp_path / "saved"))
    await bring(database, root)
    location = (await ModelVersions(database).get(ME, "a net", 1)).location
    assert await text(database, root, location.removeprefix("mlflow-artifacts:/") + "/MLmodel") == b"flavors: {}"


async def test_another_model_of_the_same_name_is_not_mixed_in(database: Database, tmp_path: Path) -> None:
    one, other = (mlruns.store(tmp_path / name / "mlruns", {"7": "rides"}) for name in ("one", "other"))
    mlruns.model(one, "net", 5, "runs:/7r0/model", "7r0")
    mlruns.model(other, "net", 6, "runs:/7r0/model", "7r0")
    await bring(database, one)
    with pytest.raises(AlreadyExists, match=r"Model 'net': .* has a version 1 of its own"):
        await bring(database, other)
    report = await bring(database, other, keep_going=True)
    assert report.problems[0].startswith("Model 'net' was left out")
    assert (await ModelVersions(database).get(ME, "net", 1)).created_at == 5


async def test_artifacts_in_a_bucket_stay_there_and_are_noted(database: Database, tmp_path: Path) -> None:
    root = mlruns.store(tmp_path / "mlruns", {"7": "rides"}, runs=0)
    run = mlruns.run(root / "7", "7r0", "s3://bucket/7/7r0/artifacts")
    (run / "artifacts" / "note.txt").unlink()
    (run / "artifacts").rmdir()
    report = await bring(database, root)
    assert (await Runs(database).get(ME, "7r0")).run.artifact_uri == "s3://bucket/7/7r0/artifacts"
    assert report.notes == ["Experiment 'rides': artifacts stay at s3://bucket/7, which cannot be read from here"]


async def test_served_artifacts_are_brought_once_their_folder_is_known(database: Database, tmp_path: Path) -> None:
    root = mlruns.store(tmp_path / "mlruns", {"7": "rides"}, runs=0)
    run = mlruns.run(root / "7", "7r0", "mlflow-artifacts:/7/7r0/artifacts")
    (run / "artifacts").rename(run / "elsewhere")
    assert "--mlflow-artifacts" in (await bring(database, root)).notes[0]
    mlruns.put(tmp_path / "served" / "7" / "7r0" / "artifacts" / "note.txt", "late")
    report = await bring(database, root, artifacts=tmp_path / "served")
    assert (report.added.files, report.added.runs, report.notes) == (1, 0, [])
    assert await text(database, root, "7/7r0/artifacts/note.txt") == b"late"


async def test_links_in_a_store_are_not_followed(database: Database, tmp_path: Path) -> None:
    root = mlruns.store(tmp_path / "mlruns", {"7": "rides"}, runs=1)
    mlruns.put(tmp_path / "secret", "mine")
    (root / "7" / "7r0" / "artifacts" / "link").symlink_to(tmp_path / "secret")
    assert (await bring(database, root)).added.files == 1


async def test_a_name_that_nothing_can_have_here_is_refused(database: Database, tmp_path: Path) -> None:
    root = mlruns.store(tmp_path / "mlruns", {"7": "a\u202eb"})
    with pytest.raises(InvalidInput, match="Experiment 7: "):
        await bring(database, root)


async def test_strangers_may_not_import(database: Database, tmp_path: Path) -> None:
    with pytest.raises(PermissionDenied):
        await bring(database, mlruns.store(tmp_path / "mlruns", {"7": "rides"}), principal=STRANGER)


@pytest.mark.parametrize("source", ["nowhere", "sqlite:///nowhere.db", ".", "nonsense://x"])
def test_what_is_no_store_is_said(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((NotFound, InvalidInput)):
        open_mlflow(source)
