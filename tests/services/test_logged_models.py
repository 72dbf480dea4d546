import math

import pytest

from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.experiments import Lifecycle
from modelyard.domain.logged_models import DatasetChoice, LoggedModelStatus, NewLoggedModel
from modelyard.domain.pages import PageRequest
from modelyard.domain.principals import LOCAL_OWNER as OWNER
from modelyard.domain.query import Order
from modelyard.domain.runs import Metric
from modelyard.formats.filters.logged_models import parse_logged_model_filter, parse_logged_model_order
from modelyard.services.experiments import Experiments
from modelyard.services.logged_models import LoggedModels
from modelyard.storage.database import Database
from modelyard.storage.logged_model_points import record

NO_DATASET = ("", "")


@pytest.fixture(autouse=True)
async def default_experiment(experiments: Experiments) -> None:
    await experiments.ensure_default()


async def make(logged_models: LoggedModels, *names: str) -> list[str]:
    return [(await logged_models.create(OWNER, NewLoggedModel("0", name))).id for name in names]


async def measure(
    database: Database, model_id: str, *points: Metric, run_id: str = "r", dataset: tuple[str, str] = NO_DATASET
) -> None:
    await database.write(lambda transaction: record(transaction, 1, model_id, run_id, dataset, points))


async def found(
    logged_models: LoggedModels, text: str = "", *order: Order, datasets: tuple[DatasetChoice, ...] = ()
) -> list[str]:
    page = await logged_models.search(OWNER, ["0"], parse_logged_model_filter(text), order, PageRequest(100), datasets)
    return [model.name for model in page.items]


async def test_a_model_starts_pending_with_a_place_below_its_experiment(logged_models: LoggedModels) -> None:
    new = NewLoggedModel("0", "model", "sklearn", "run", [("lr", "0.1")], [("team", "x")])
    made = await logged_models.create(OWNER, new)
    assert made.id.startswith("m-")
    assert len(made.id) == 34
    assert made.artifact_uri == f"mlflow-artifacts:/0/models/{made.id}/artifacts"
    assert (made.status, made.model_type, made.source_run_id) == (LoggedModelStatus.PENDING, "sklearn", "run")
    assert (made.params, made.tags) == ({"lr": "0.1"}, {"team": "x"})
    assert await logged_models.get(OWNER, made.id) == made


async def test_names_need_not_be_unique_nor_given(logged_models: LoggedModels) -> None:
    first, second = await make(logged_models, "model", "model")
    assert first != second
    assert (await logged_models.create(OWNER, NewLoggedModel("0"))).name
    for bad in ("a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"):
        with pytest.raises(InvalidInput, match="Invalid model name"):
            await make(logged_models, bad)


async def test_an_experiment_that_is_gone_takes_no_models(
    logged_models: LoggedModels, experiments: Experiments
) -> None:
    with pytest.raises(NotFound):
        await logged_models.create(OWNER, NewLoggedModel("77"))
    experiment = await experiments.create(OWNER, "e")
    await experiments.delete(OWNER, experiment.id)
    with pytest.raises(InvalidInput, match="'active' state"):
        await logged_models.create(OWNER, NewLoggedModel(experiment.id))


async def test_finalizing_sets_the_status(logged_models: LoggedModels, ticking: None) -> None:
    made = await logged_models.create(OWNER, NewLoggedModel("0"))
    ready = await logged_models.finalize(OWNER, made.id, LoggedModelStatus.READY)
    assert ready.status is LoggedModelStatus.READY
    assert ready.updated_at > made.updated_at


async def test_a_deleted_model_is_in_the_trash_only(logged_models: LoggedModels) -> None:
    (model_id,) = await make(logged_models, "model")
    await logged_models.delete(OWNER, model_id)
    await logged_models.delete(OWNER, model_id)
    with pytest.raises(NotFound, match=model_id):
        await logged_models.get(OWNER, model_id)
    assert (await logged_models.get(OWNER, model_id, allow_deleted=True)).lifecycle is Lifecycle.DELETED
    assert await found(logged_models) == []


async def test_tags_are_replaced_and_a_missing_one_cannot_be_deleted(logged_models: LoggedModels) -> None:
    (model_id,) = await make(logged_models, "model")
    await logged_models.set_tags(OWNER, model_id, [("a", "1"), ("a", "2"), ("b", "3")])
    assert (await logged_models.set_tags(OWNER, model_id, [("b", "4")])).tags == {"a": "2", "b": "4"}
    await logged_models.delete_tag(OWNER, model_id, "a")
    with pytest.raises(NotFound, match="No tag with key 'a'"):
        await logged_models.delete_tag(OWNER, model_id, "a")


async def test_a_param_keeps_its_first_value(logged_models: LoggedModels) -> None:
    (model_id,) = await make(logged_models, "model")
    await logged_models.log_params(OWNER, model_id, [("lr", "1")])
    await logged_models.log_params(OWNER, model_id, [("lr", "1"), ("depth", "2")])
    with pytest.raises(InvalidInput, match="Changing param values is not allowed"):
        await logged_models.log_params(OWNER, model_id, [("new", "3"), ("lr", "2")])
    assert (await logged_models.get(OWNER, model_id)).params == {"lr": "1", "depth": "2"}


async def test_every_point_is_kept_by_run_and_dataset(logged_models: LoggedModels, database: Database) -> None:
    (model_id,) = await make(logged_models, "model")
    await measure(database, model_id, Metric("f1", 0.5, 10, 2), Metric("f1", 0.9, 20, 1), Metric("f1", 0.4, 10, 2))
    await measure(database, model_id, Metric("f1", 0.1, 5, 2), Metric("loss", math.nan, 1, 0))
    await measure(database, model_id, Metric("f1", 0.7, 10, 2), dataset=("train", "d1"))
    await measure(database, model_id, Metric("f1", 0.8, 11, 0), run_id="s")
    kept = [
        (one.key, one.value, one.step, one.run_id, one.dataset_name)
        for one in (await logged_models.get(OWNER, model_id)).metrics
    ]
    assert sorted(kept[:-1]) == [
        ("f1", 0.1, 2, "r", ""),
        ("f1", 0.5, 2, "r", ""),
        ("f1", 0.7, 2, "r", "train"),
        ("f1", 0.8, 0, "s", ""),
        ("f1", 0.9, 1, "r", ""),
    ]
    assert kept[-1][0] == "loss"
    assert math.isnan(kept[-1][1])


async def test_infinite_values_are_kept_and_nan_counts_as_zero(logged_models: LoggedModels, database: Database) -> None:
    (model_id,) = await make(logged_models, "model")
    await measure(database, model_id, Metric("a", math.inf, 1, 1), Metric("b", math.nan, 1, 1))
    await measure(database, model_id, Metric("a", 5.0, 1, 1), Metric("b", -1.0, 1, 1), Metric("c", -math.inf, 1, 1))
    values = {one.key: one.value for one in (await logged_models.get(OWNER, model_id)).metrics}
    assert values["a"] == math.inf
    assert math.isnan(values["b"])
    assert values["c"] == -math.inf


async def test_metrics_of_an_unknown_model_are_refused(database: Database) -> None:
    with pytest.raises(NotFound, match="m-unknown"):
        await measure(database, "m-unknown", Metric("a", 1.0, 1, 1))


async def test_search_filters_by_everything_a_model_has(
    logged_models: LoggedModels, database: Database, ticking: None
) -> None:
    a = (await logged_models.create(OWNER, NewLoggedModel("0", "a", "sk", "r1", [("lr", "1")], [("t", "x")]))).id
    b = (await logged_models.create(OWNER, NewLoggedModel("0", "b", "xgb", "r2", [("lr", "2")], [("t", "y")]))).id
    await logged_models.finalize(OWNER, b, LoggedModelStatus.READY)
    await measure(database, a, Metric("f1", 0.5, 1, 0))
    await measure(database, b, Metric("f1", 0.9, 1, 0), dataset=("test", "d1"))
    for text, expected in (
        ("name = 'a'", ["a"]),
        ("name LIKE 'A%'", []),
        ("name ILIKE 'A%'", ["a"]),
        ("model_type IN ('xgb', 'sk')", ["b", "a"]),
        ("attributes.source_run_id = 'r1'", ["a"]),
        ("status = 'READY'", ["b"]),
        (f"model_id = '{a}'", ["a"]),
        ("creation_timestamp > 0", ["b", "a"]),
        ("params.lr = '2'", ["b"]),
        ("tags.t != 'x'", ["b"]),
        ("metrics.f1 > 0.6", ["b"]),
        ("metrics.f1 > 0.1 AND params.lr = '1'", ["a"]),
        ("metrics.none > 0", []),
    ):
        assert await found(logged_models, text) == expected, text
    assert await found(logged_models, datasets=(DatasetChoice("test"),)) == ["b"]
    assert await found(logged_models, datasets=(DatasetChoice("test", "other"),)) == []
    assert await found(logged_models, "metrics.f1 > 0.1", datasets=(DatasetChoice("test", "d1"),)) == ["b"]
    with pytest.raises(InvalidInput, match="dataset_name"):
        await found(logged_models, datasets=(DatasetChoice(""),))


async def test_search_orders_by_metrics_with_missing_ones_last(
    logged_models: LoggedModels, database: Database, ticking: None
) -> None:
    low, high, _, odd = await make(logged_models, "low", "high", "none", "nan")
    await measure(database, low, Metric("f1", 0.1, 1, 0), Metric("f1", 0.2, 2, 0))
    await measure(database, high, Metric("f1", 0.9, 1, 0), dataset=("test", "d"))
    await measure(database, odd, Metric("f1", math.nan, 1, 0))
    up, down = (parse_logged_model_order("metrics.f1", ascending=ascending) for ascending in (True, False))
    assert await found(logged_models, "", up) == ["low", "high", "nan", "none"]
    assert await found(logged_models, "", down) == ["high", "low", "nan", "none"]
    on_test = parse_logged_model_order("metrics.f1", dataset_name="test")
    assert (await found(logged_models, "", on_test))[0] == "high"
    assert await found(logged_models, "", parse_logged_model_order("name")) == ["high", "low", "nan", "none"]
    assert await found(logged_models) == ["nan", "none", "high", "low"]


async def test_pages_by_a_metric_hold_every_model_once(logged_models: LoggedModels, database: Database) -> None:
    ids = await make(logged_models, *"abcdefgh")
    for number, model_id in enumerate(ids[:5]):
        await measure(database, model_id, Metric("f1", number / 2, 1, 0))
    order = [parse_logged_model_order("metrics.f1", ascending=False)]
    seen: list[str] = []
    token = None
    for _ in range(4):
        page = await logged_models.search(OWNER, ["0"], (), order, PageRequest(2, token))
        seen += [model.name for model in page.items]
        token = page.next_token
    assert token is None
    assert seen[:5] == ["e", "d", "c", "b", "a"]
    assert sorted(seen) == list("abcdefgh")
    first = await logged_models.search(OWNER, ["0"], (), order, PageRequest(2))
    with pytest.raises(InvalidInput, match="token"):
        await logged_models.search(OWNER, ["0"], (), (), PageRequest(2, first.next_token))
