from typing import Any

import pytest

from modelyard.domain.deployments import Deployment
from modelyard.domain.endpoints import Endpoint, Wanted
from modelyard.domain.errors import InvalidInput, NotFound, NotSupported
from modelyard.domain.rollouts import Strategy, Target
from modelyard.domain.serving_options import Batching, PayloadLog, PayloadMode, Scaling, ServingOptions, Switch
from modelyard.formats.kserve import inference_service
from modelyard.services.endpoint_changes import EndpointChanges
from modelyard.services.endpoints import Endpoints
from modelyard.services.graphs import Graphs
from modelyard.services.manifests import Manifests
from modelyard.services.rollouts import Rollouts
from modelyard.storage.database import Database
from tests.support.tracking import ME, journal

ONE, TWO, THREE = (f"mlflow-artifacts:/1/models/{name}" for name in ("one", "two", "three"))


def document(uri: str = ONE, **predictor: Any) -> dict[str, Any]:
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "taxi"},
        "spec": {"predictor": {"model": {"modelFormat": {"name": "mlflow"}, "storageUri": uri}, **predictor}},
    }


def with_transformer(**container: Any) -> dict[str, Any]:
    whole = document()
    whole["spec"]["transformer"] = {"containers": [{"name": "kserve-container", **container}]}
    return whole


@pytest.fixture
def manifests(database: Database, endpoints: Endpoints, rollouts: Rollouts, changes: EndpointChanges) -> Manifests:
    return Manifests(endpoints, rollouts, Graphs(database, changes))


async def taxi(endpoints: Endpoints) -> Endpoint:
    return (await endpoints.get(ME, "taxi")).endpoint


def shares(endpoint: Endpoint) -> dict[int, int]:
    return {target.revision: target.weight for target in endpoint.rollouts[""].live}


async def test_a_document_makes_an_endpoint_and_says_what_it_ignores(
    manifests: Manifests, endpoints: Endpoints
) -> None:
    applied = await manifests.apply(
        ME,
        document(
            minReplicas=0,
            maxReplicas=3,
            scaleTarget=5,
            containerConcurrency=10,
            timeout=30,
            tolerations=[{}],
            logger={"mode": "request", "url": "https://sink.example"},
            batcher={"maxBatchSize": 16},
        ),
    )
    assert applied.changed
    assert applied.created
    assert applied.ignored == ("spec.predictor.tolerations",)
    revision = (await taxi(endpoints)).revision
    options = revision.options
    assert revision.model_uri == ONE
    assert (options.scaling.least, options.scaling.most, options.scaling.target, options.scaling.limit) == (0, 3, 5, 10)
    assert (options.timeout, options.batching.mode, options.batching.most_rows) == (30.0, Switch.ON, 16)
    assert (options.payload_log.mode, options.payload_log.sink) == (PayloadMode.REQUEST, "https://sink.example")


async def test_the_same_document_changes_nothing(manifests: Manifests, endpoints: Endpoints) -> None:
    await manifests.apply(ME, document())
    before = await taxi(endpoints)
    assert not (await manifests.apply(ME, document())).changed
    assert await taxi(endpoints) == before


async def test_a_canary_percentage_shares_requests_out_and_climbs_without_a_new_revision(
    manifests: Manifests, endpoints: Endpoints
) -> None:
    await manifests.apply(ME, document())
    await manifests.apply(ME, document(TWO, canaryTrafficPercent=10))
    assert shares(await taxi(endpoints)) == {1: 90, 2: 10}
    await manifests.apply(ME, document(TWO, canaryTrafficPercent=60))
    assert shares(await taxi(endpoints)) == {1: 40, 2: 60}
    await manifests.apply(ME, document(TWO))
    assert shares(await taxi(endpoints)) == {2: 100}
    assert (await taxi(endpoints)).rollouts[""].previous == 1


async def test_a_list_with_a_canary_does_the_same(manifests: Manifests, endpoints: Endpoints) -> None:
    whole = document()
    model = {"modelFormat": {"name": "mlflow"}, "storageUri": TWO}
    whole["spec"]["canary"] = [{"trafficPercent": 25, "predictor": {"model": model}}]
    await manifests.apply(ME, document())
    await manifests.apply(ME, whole)
    assert shares(await taxi(endpoints)) == {1: 75, 2: 25}


def with_canaries(uri: str, *canaries: tuple[str, int], **predictor: Any) -> dict[str, Any]:
    whole = document(uri, **predictor)
    models = [({"modelFormat": {"name": "mlflow"}, "storageUri": each}, percent) for each, percent in canaries]
    whole["spec"]["canary"] = [
        {"trafficPercent": percent, "predictor": {"name": f"next-{at}", "model": model}}
        for at, (model, percent) in enumerate(models)
    ]
    return whole


async def test_several_canaries_come_climb_and_are_promoted_by_the_document(
    manifests: Manifests, endpoints: Endpoints, database: Database
) -> None:
    await manifests.apply(ME, document(ONE))
    applied = await manifests.apply(ME, with_canaries(ONE, (TWO, 20), (THREE, 50)))
    assert applied.changed
    first = await taxi(endpoints)
    assert (shares(first), first.rollouts[""].stable) == ({1: 30, 2: 20, 3: 50}, 1)
    assert not (await manifests.apply(ME, with_canaries(ONE, (TWO, 20), (THREE, 50)))).changed
    await manifests.apply(ME, with_canaries(ONE, (TWO, 0), (THREE, 60)))
    assert shares(await taxi(endpoints)) == {1: 40, 2: 0, 3: 60}, "no new revision for other shares"
    await manifests.apply(ME, with_canaries(THREE, (ONE, 10)))
    promoted = await taxi(endpoints)
    assert (shares(promoted), promoted.rollouts[""].stable) == ({3: 90, 1: 10}, 3)
    await manifests.apply(ME, document(THREE))
    assert (shares(await taxi(endpoints)), (await taxi(endpoints)).rollouts[""].previous) == ({3: 100}, 0)
    told = [action for action, _, _ in await journal(database) if action.startswith("endpoint.")]
    assert told.count("endpoint.deployed") == 3
    assert told.count("endpoint.traffic_shifted") == 3


async def test_a_new_endpoint_may_begin_with_canaries(manifests: Manifests, endpoints: Endpoints) -> None:
    assert (await manifests.apply(ME, with_canaries(ONE, (TWO, 10), (TWO, 5)))).created
    assert shares(await taxi(endpoints)) == {1: 85, 2: 10, 3: 5}, "alike, and yet two of them"


async def test_of_several_canaries_all_come_or_none(manifests: Manifests, endpoints: Endpoints) -> None:
    await manifests.apply(ME, document(ONE))
    before = await taxi(endpoints)
    with pytest.raises(NotFound, match="nobody"):
        await manifests.apply(ME, with_canaries(TWO, (THREE, 20), ("models:/nobody/1", 20)))
    with pytest.raises(NotSupported, match=r"spec\.canary and spec\.predictor\.canaryTrafficPercent"):
        await manifests.apply(ME, with_canaries(TWO, (THREE, 20), canaryTrafficPercent=10))
    assert await taxi(endpoints) == before


async def test_several_canaries_are_exported_as_they_are_wanted_now(
    manifests: Manifests, endpoints: Endpoints, rollouts: Rollouts
) -> None:
    await manifests.apply(ME, with_canaries(ONE, (TWO, 20), (THREE, 10)))
    assert await manifests.export(ME, "taxi") == with_canaries(ONE, (TWO, 20), (THREE, 10))
    await rollouts.shift(ME, "taxi", (Target(1, 20), Target(2, 45), Target(3, 35)))
    made = await manifests.export(ME, "taxi")
    read = inference_service.parse(made)
    assert (read.predictor.storage_uri, read.percent) == (ONE, None)
    assert [(one.predictor.name, one.predictor.storage_uri, one.percent) for one in read.canaries] == [
        ("revision-2", TWO, 45),
        ("revision-3", THREE, 35),
    ]
    await manifests.apply(ME, made)
    assert (await taxi(endpoints)).revision.number == 3, "it says what is wanted already"
    await endpoints.deploy(ME, "taxi", TWO, Deployment(ServingOptions("uv"), Strategy(canary=5)))
    await rollouts.shift(ME, "taxi", (Target(1, 90), Target(2, 5), Target(4, 5)))
    with pytest.raises(InvalidInput, match="different environments"):
        await manifests.export(ME, "taxi")


async def test_a_rollback_takes_all_canaries_out_and_the_document_brings_them_back(
    manifests: Manifests, endpoints: Endpoints, rollouts: Rollouts
) -> None:
    whole = with_canaries(ONE, (TWO, 20), (THREE, 50))
    await manifests.apply(ME, whole)
    assert shares(await rollouts.roll_back(ME, "taxi")) == {1: 100}
    assert (await manifests.apply(ME, whole)).changed
    assert sorted(shares(await taxi(endpoints)).values()) == [20, 30, 50]


async def test_the_stop_annotation_stops_and_its_removal_starts(manifests: Manifests, endpoints: Endpoints) -> None:
    stopped = document()
    stopped["metadata"]["annotations"] = {"serving.kserve.io/stop": "true"}
    await manifests.apply(ME, document())
    await manifests.apply(ME, stopped)
    assert (await taxi(endpoints)).wanted is Wanted.STOPPED
    await manifests.apply(ME, document())
    assert (await taxi(endpoints)).wanted is Wanted.SERVING


async def test_what_was_applied_is_written_back(manifests: Manifests, endpoints: Endpoints) -> None:
    await manifests.apply(ME, document(timeout=9))
    assert await manifests.export(ME, "taxi") == document(timeout=9)
    await endpoints.deploy(ME, "other", TWO)
    made = await manifests.export(ME, "other")
    assert inference_service.parse(made).predictor.storage_uri == TWO
    assert not (await manifests.apply(ME, made)).ignored


async def test_a_transformer_is_written_back_when_the_endpoint_was_changed_otherwise(
    manifests: Manifests, endpoints: Endpoints
) -> None:
    program = {
        "command": ["python", "-m", "mine"],
        "env": [{"name": "MODE", "value": "fast"}],
        "workingDir": "/code",
        "readinessProbe": {"httpGet": {"path": "/healthy"}},
        "resources": {"limits": {"memory": "1048576"}},
    }
    await manifests.apply(ME, with_transformer(**program))
    options = (await taxi(endpoints)).revision.options
    await endpoints.deploy(ME, "taxi", TWO, Deployment(options))
    made: Any = await manifests.export(ME, "taxi")
    assert made["spec"]["predictor"]["model"]["storageUri"] == TWO
    assert made["spec"]["transformer"]["containers"] == [{"name": "kserve-container", **program}]
    assert inference_service.parse(made).transformer == options.transformer


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        (document("gs://bucket/model"), NotSupported, "must begin with models:/, runs:/, mlflow-artifacts:/"),
        (document("s3://bucket"), InvalidInput, "s3://BUCKET/PATH"),
        (document("file:///models/taxi"), InvalidInput, "--model-roots"),
        (with_transformer(image="mine"), NotSupported, r"spec\.transformer\.containers\[0\]\.command is missing"),
        (with_transformer(command=["a"], workingDir="b"), InvalidInput, "transformer.folder is 'b'"),
        (document(minReplica=1), InvalidInput, "Unknown field spec.predictor.minReplica"),
        (document("models:/nobody/1"), NotFound, "nobody"),
        ({**document(), "kind": "InferenceGraph"}, InvalidInput, "apiVersion"),
    ],
)
async def test_what_cannot_be_done_is_refused_and_leaves_nothing(
    manifests: Manifests, endpoints: Endpoints, changed: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        await manifests.apply(ME, changed)
    with pytest.raises(NotFound):
        await taxi(endpoints)


async def test_what_was_changed_otherwise_is_exported_as_it_is_and_set_right_when_applied_again(
    manifests: Manifests, endpoints: Endpoints, rollouts: Rollouts
) -> None:
    await manifests.apply(ME, document(ONE))
    await endpoints.deploy(ME, "taxi", TWO)
    assert inference_service.parse(await manifests.export(ME, "taxi")).predictor.storage_uri == TWO
    await rollouts.shift(ME, "taxi", (Target(1, 100),))
    assert await manifests.export(ME, "taxi") == document(ONE), "what was applied holds again"
    await rollouts.shift(ME, "taxi", (Target(1, 90), Target(2, 10)))
    told = inference_service.parse(await manifests.export(ME, "taxi"))
    assert (told.predictor.storage_uri, told.percent) == (TWO, 10)
    again = await manifests.apply(ME, document(ONE))
    assert (again.changed, again.created) == (True, False)
    newest = (await taxi(endpoints)).revision
    assert (newest.model_uri, shares(await taxi(endpoints))) == (ONE, {newest.number: 100})


async def test_an_export_says_all_that_it_can_and_applying_it_makes_no_revision(
    manifests: Manifests, endpoints: Endpoints
) -> None:
    options = ServingOptions(
        scaling=Scaling(0, 2, 4, 6),
        batching=Batching(Switch.ON, 7),
        payload_log=PayloadLog(PayloadMode.REQUEST, 1.0, "https://sink.example"),
        timeout=9.0,
        memory=500_000_000,
        environment_variables={"A": "b"},
    )
    await endpoints.deploy(ME, "taxi", ONE, Deployment(options))
    await manifests.apply(ME, await manifests.export(ME, "taxi"))
    assert (await taxi(endpoints)).revision.number == 1
    await endpoints.stop(ME, "taxi")
    assert inference_service.parse(await manifests.export(ME, "taxi")).stopped


async def test_a_scoring_script_is_not_exported_as_if_it_were_nothing(
    manifests: Manifests, endpoints: Endpoints
) -> None:
    await endpoints.deploy(ME, "taxi", ONE, Deployment(ServingOptions(script="score.py")))
    with pytest.raises(InvalidInput, match="scoring script"):
        await manifests.export(ME, "taxi")
