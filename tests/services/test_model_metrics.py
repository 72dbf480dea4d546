import pytest

from modelyard.domain.errors import NotFound
from modelyard.domain.logged_models import NewLoggedModel
from modelyard.domain.principals import LOCAL_OWNER as OWNER
from modelyard.domain.runs import Logged, Metric, NewRun
from modelyard.services.experiments import Experiments
from modelyard.services.logged_models import LoggedModels
from modelyard.services.run_log import RunLog
from modelyard.services.runs import Runs
from modelyard.services.series import Series
from modelyard.storage.database import Database


@pytest.fixture
async def run_id(experiments: Experiments, runs: Runs) -> str:
    await experiments.ensure_default()
    return (await runs.create(OWNER, NewRun("0"))).run.id


async def test_points_about_models_count_for_the_run_and_for_each_model(
    database: Database, logged_models: LoggedModels, run_id: str
) -> None:
    first, second = [(await logged_models.create(OWNER, NewLoggedModel("0", name))).id for name in ("a", "b")]
    points = [Metric("f1", 0.5, 1, 0, first, "train", "d1"), Metric("f1", 0.7, 2, 1, second), Metric("f1", 0.9, 3, 2)]
    await RunLog(database).log(OWNER, run_id, Logged(points))
    history = await Series(database).history(OWNER, run_id, "f1")
    assert [point.value for point in history.items] == [0.5, 0.7, 0.9]
    kept = [(await logged_models.get(OWNER, model)).metrics[0] for model in (first, second)]
    assert [(metric.value, metric.dataset_name, metric.run_id) for metric in kept] == [
        (0.5, "train", run_id),
        (0.7, "", run_id),
    ]


async def test_a_batch_about_an_unknown_model_leaves_nothing_behind(
    database: Database, logged_models: LoggedModels, run_id: str
) -> None:
    known = (await logged_models.create(OWNER, NewLoggedModel("0", "a"))).id
    batch = Logged([Metric("f1", 0.5, 1, 0, known), Metric("f1", 0.7, 1, 1, "m-" + "0" * 32)], [("p", "1")])
    with pytest.raises(NotFound, match="m-000"):
        await RunLog(database).log(OWNER, run_id, batch)
    assert not (await Series(database).history(OWNER, run_id, "f1")).items
    assert not (await logged_models.get(OWNER, known)).metrics
