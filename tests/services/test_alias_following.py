from dataclasses import replace

from modelyard.domain.deployments import Deployment, Part
from modelyard.domain.endpoints import Endpoint
from modelyard.domain.events import Event
from modelyard.domain.models import NewVersion
from modelyard.domain.principals import Resource
from modelyard.domain.rollouts import Guard, Plan, Strategy
from modelyard.domain.serving_options import ServingOptions
from modelyard.services.endpoint_changes import Draft, EndpointChanges
from modelyard.services.endpoint_reports import EndpointReports
from modelyard.services.endpoints import Endpoints
from modelyard.services.journal import event
from modelyard.services.model_versions import ModelVersions
from modelyard.services.models import Models
from modelyard.services.rollouts import Rollouts
from modelyard.storage import endpoints as storage
from tests.support.endpoints import proven, shares
from tests.support.tracking import ME

URI = "mlflow-artifacts:/1/models/taxi"
UV = ServingOptions("uv")


async def test_a_moved_alias_is_followed_in_the_way_the_model_was_introduced(
    endpoints: Endpoints, models: Models, versions: ModelVersions, reports: EndpointReports
) -> None:
    await models.create(ME, "taxi")
    for number in (1, 2, 3):
        await versions.create(ME, "taxi", NewVersion(f"s3://bucket/{number}"))
    await versions.set_alias(ME, "taxi", "champion", 1)
    guard, plan = Guard(), Plan((10, 100), 5.0)
    await endpoints.deploy(ME, "taxi", "models:/taxi@champion", Deployment(UV, Strategy(guard=guard, plan=plan)))
    pinned = await endpoints.deploy(ME, "pinned", "models:/taxi/1")
    await versions.set_alias(ME, "taxi", "champion", 2)

    async def follow() -> Endpoint:
        await reports.follow([one.endpoint for one in await endpoints.list(ME)])
        return (await endpoints.get(ME, "taxi")).endpoint

    followed = await follow()
    assert shares(followed) == ({1: 90, 2: 10}, 0)
    assert (followed.revision.location, followed.revision.environment) == ("s3://bucket/2", "uv")
    assert (followed.rollouts[""].guard, followed.rollouts[""].plan) == (guard, plan)
    assert await follow() == followed, "there is nothing new"
    await versions.delete_alias(ME, "taxi", "champion")
    assert await follow() == followed, "there is nothing to follow"
    await endpoints.deploy(ME, "taxi", "models:/taxi/1")
    await versions.set_alias(ME, "taxi", "champion", 3)
    assert (await follow()).revision.location == "s3://bucket/1", "a version does not move"
    assert (await endpoints.get(ME, "pinned")).endpoint == pinned


async def test_what_was_rolled_back_is_not_deployed_again_until_the_alias_moves_on(
    endpoints: Endpoints, rollouts: Rollouts, models: Models, versions: ModelVersions, reports: EndpointReports
) -> None:
    await models.create(ME, "taxi")
    for number in (1, 2, 3):
        await versions.create(ME, "taxi", NewVersion(f"s3://bucket/{number}"))
    await versions.set_alias(ME, "taxi", "champion", 1)
    endpoint = await endpoints.deploy(ME, "taxi", "models:/taxi@champion")
    await proven(reports, "taxi", 1)
    await versions.set_alias(ME, "taxi", "champion", 2)
    await reports.follow([endpoint])
    back = await rollouts.roll_back(ME, "taxi")
    await reports.follow([back])
    assert (await endpoints.get(ME, "taxi")).endpoint == back
    await versions.set_alias(ME, "taxi", "champion", 3)
    await reports.follow([back])
    assert (await endpoints.get(ME, "taxi")).endpoint.revision.location == "s3://bucket/3"


async def test_a_rollback_follows_the_alias_again_that_the_revision_came_by(
    endpoints: Endpoints, rollouts: Rollouts, models: Models, versions: ModelVersions, reports: EndpointReports
) -> None:
    await models.create(ME, "taxi")
    for number in (1, 2, 3, 4):
        await versions.create(ME, "taxi", NewVersion(f"s3://bucket/{number}"))

    async def follow() -> Endpoint:
        await reports.follow([one.endpoint for one in await endpoints.list(ME)])
        return (await endpoints.get(ME, "taxi")).endpoint

    await versions.set_alias(ME, "taxi", "champion", 1)
    await endpoints.deploy(ME, "taxi", "models:/taxi@champion", Deployment(UV))
    await proven(reports, "taxi", 1)
    await endpoints.deploy(ME, "taxi", "models:/taxi/2")
    await proven(reports, "taxi", 2)
    await versions.set_alias(ME, "taxi", "champion", 3)
    assert (await follow()).revision.number == 2, "who names a version means that one"
    back = await rollouts.roll_back(ME, "taxi")
    assert back.rollouts[""].follows == "models:/taxi@champion"
    assert await follow() == back, "a rollback is the end of it, whatever the alias names by now"
    await versions.set_alias(ME, "taxi", "champion", 4)
    moved = await follow()
    assert (moved.revision.location, moved.revision.environment) == ("s3://bucket/4", "uv")
    await proven(reports, "taxi", 3)
    await endpoints.deploy(ME, "taxi", "models:/taxi/2", Deployment(strategy=Strategy(canary=10)))
    assert (await rollouts.roll_back(ME, "taxi")).rollouts[""].follows == "models:/taxi@champion"


async def test_a_rollback_to_a_version_follows_no_alias(
    endpoints: Endpoints, rollouts: Rollouts, models: Models, versions: ModelVersions, reports: EndpointReports
) -> None:
    await models.create(ME, "taxi")
    for number in (1, 2):
        await versions.create(ME, "taxi", NewVersion(f"s3://bucket/{number}"))
    await versions.set_alias(ME, "taxi", "champion", 2)
    await endpoints.deploy(ME, "taxi", "models:/taxi/1")
    await proven(reports, "taxi", 1)
    await endpoints.deploy(ME, "taxi", "models:/taxi@champion")
    assert (await rollouts.roll_back(ME, "taxi")).rollouts[""].follows == ""


async def test_a_uri_that_nobody_can_read_keeps_no_other_from_being_followed(
    endpoints: Endpoints, models: Models, versions: ModelVersions, reports: EndpointReports, changes: EndpointChanges
) -> None:
    await models.create(ME, "taxi")
    for number in (1, 2):
        await versions.create(ME, "taxi", NewVersion(f"s3://bucket/{number}"))
    await versions.set_alias(ME, "taxi", "champion", 1)
    for name in ("before", "taxi"):
        await endpoints.deploy(ME, name, "models:/taxi@champion")
    for bad in ("models:/@champion", "models:/taxi@bad alias/", "hdfs://taxi@champion", "models:/taxi@v1"):

        def spoil(draft: Draft, bad: str = bad) -> Event:
            rollout = replace(draft.rollout(""), follows=bad)
            storage.put_rollout(draft.transaction, ME.workspace_id, draft.pk, "", rollout)
            return event(ME, "endpoint.spoilt", Resource("endpoint", "before"))

        await changes.make(ME, "before", spoil)
        number = 3 - int((await endpoints.get(ME, "taxi")).endpoint.revision.model_version)
        await versions.set_alias(ME, "taxi", "champion", number)
        await reports.follow([one.endpoint for one in await endpoints.list(ME)])
        assert (await endpoints.get(ME, "taxi")).endpoint.revision.model_version == str(number)


async def test_of_models_beside_each_other_each_follows_its_alias_and_keeps_its_share(
    endpoints: Endpoints, rollouts: Rollouts, models: Models, versions: ModelVersions, reports: EndpointReports
) -> None:
    await models.create(ME, "taxi")
    for number in (1, 2, 3, 4):
        await versions.create(ME, "taxi", NewVersion(f"s3://bucket/{number}"))
    for alias, number in (("champion", 1), ("challenger", 2)):
        await versions.set_alias(ME, "taxi", alias, number)
    uris = {"models:/taxi@champion": 70, "models:/taxi@challenger": 20, "models:/taxi/1": 10}
    parts = [Part(uri, UV, percent) for uri, percent in uris.items()]
    before = await endpoints.deploy_all(ME, "taxi", parts, {})

    async def follow() -> Endpoint:
        for _ in parts:  # each look makes one change to an endpoint
            await reports.follow([one.endpoint for one in await endpoints.list(ME)])
        return (await endpoints.get(ME, "taxi")).endpoint

    assert await follow() == before, "nothing has moved"
    await proven(reports, "taxi", 1)
    await versions.set_alias(ME, "taxi", "challenger", 3)
    canary = await follow()
    assert (shares(canary), canary.rollouts[""].stable) == (({1: 70, 4: 20, 3: 10}, 0), 1)
    assert (canary.revision.location, canary.revision.environment) == ("s3://bucket/3", "uv")
    await versions.set_alias(ME, "taxi", "champion", 4)
    both = await follow()
    assert (shares(both), both.rollouts[""].stable) == (({5: 70, 4: 20, 3: 10}, 1), 5)
    assert await follow() == both
    alone = await rollouts.roll_back(ME, "taxi")
    assert (shares(alone)[0], alone.rollouts[""].follows) == ({5: 100}, "models:/taxi@champion")
    await versions.set_alias(ME, "taxi", "challenger", 2)
    assert await follow() == alone, "it is on trial no more"
