from dataclasses import replace

from sqlalchemy import func, select

from modelyard.domain.endpoint_status import (
    Condition,
    EndpointDetail,
    Failure,
    Phase,
    RevisionState,
    RevisionStatus,
    Status,
    Transition,
    Truth,
)
from modelyard.domain.endpoints import Revision, Wanted
from modelyard.domain.rollouts import Guard, Plan, RolledBack, Rollout, Target
from modelyard.domain.serving_options import (
    Batching,
    PayloadLog,
    PayloadMode,
    Scaling,
    ServingOptions,
    Switch,
)
from modelyard.storage import endpoints
from modelyard.storage.database import Database, Transaction
from modelyard.storage.tables.endpoints import endpoint_status, revision_status, revisions, rollouts
from tests.support.statements import counted

OPTIONS = ServingOptions(
    environment="uv",
    scaling=Scaling(0, 4, 2, 16, 50, 2.5),
    batching=Batching(Switch.ON, 8),
    acceleration=Switch.OFF,
    payload_log=PayloadLog(PayloadMode.ALL, 0.5, "https://sink.example"),
    timeout=1.5,
    memory=1 << 30,
    environment_variables={"A": "é"},
)
REVISION = Revision(0, "models:/taxi/1", "mlflow-artifacts:/1/models/taxi", "1", 5, OPTIONS)
ROLLOUT = Rollout(
    (Target(1, 90), Target(2, 10), Target(3, 100, shadow=True)),
    previous=1,
    guard=Guard(0.1, 250.0, 5, 30.0),
    plan=Plan((10, 50, 100), 60.0),
    follows="models:/taxi@champion",
    rolled_back=RolledBack(2, "Latency", "too slow", 7),
    shifted_at=8,
)


def added(transaction: Transaction, name: str, revision: Revision = REVISION, workspace_id: int = 1) -> int:
    """A revision with all requests; answers the endpoint's key."""
    pk = endpoints.lock(transaction, workspace_id, name) or endpoints.create(transaction, workspace_id, name, 5)
    number = endpoints.add_revision(transaction, workspace_id, pk, revision)
    endpoints.put_rollout(transaction, workspace_id, pk, revision.model, Rollout((Target(number, 100),)))
    endpoints.want(transaction, pk, revision.created_at, Wanted.SERVING)
    return pk


async def add(database: Database, name: str, revision: Revision = REVISION, workspace_id: int = 1) -> int:
    return await database.write(lambda transaction: added(transaction, name, revision, workspace_id))


async def details(database: Database, workspace_id: int = 1) -> list[EndpointDetail]:
    return list(await database.read(lambda transaction: endpoints.details(transaction, workspace_id)))


async def test_a_new_endpoint_is_pending_with_its_first_revision(database: Database) -> None:
    await add(database, "taxi")
    (detail,) = await details(database)
    endpoint = detail.endpoint
    assert endpoint.revision == replace(REVISION, number=1)
    assert endpoint.rollouts == {"": Rollout((Target(1, 100),))}
    assert (endpoint.name, endpoint.wanted, endpoint.generation) == ("taxi", Wanted.SERVING, 1)
    assert (endpoint.created_at, endpoint.updated_at, endpoint.attributes) == (5, 5, {})
    assert (detail.status, detail.revisions) == (Status(updated_at=5), (RevisionStatus(1),))


async def test_revisions_are_numbered_and_those_that_nobody_names_are_history(database: Database) -> None:
    for version in ("1", "2", "3"):
        await add(database, "taxi", replace(REVISION, model_version=version, created_at=9))
    (detail,) = await details(database)
    assert [(one.number, one.model_version) for one in detail.endpoint.revisions] == [(3, "3")]
    assert (detail.endpoint.created_at, detail.endpoint.updated_at, detail.endpoint.generation) == (5, 9, 3)
    past = await database.read(lambda transaction: endpoints.history(transaction, 1, "taxi", 2))
    assert [revision.model_version for revision, _ in past] == ["3", "2"]


async def test_a_rollout_comes_back_as_it_was_put_and_keeps_what_it_names(database: Database) -> None:
    for _ in range(4):
        pk = await add(database, "taxi")
    await database.write(lambda transaction: endpoints.put_rollout(transaction, 1, pk, "", ROLLOUT))
    (detail,) = await details(database)
    assert detail.endpoint.rollouts == {"": ROLLOUT}
    assert [one.number for one in detail.endpoint.revisions] == [1, 2, 3, 4], "the newest one too"


async def test_models_of_one_endpoint_have_rollouts_of_their_own(database: Database) -> None:
    pk = await add(database, "taxi", replace(REVISION, model="day"))
    await add(database, "taxi", replace(REVISION, model="night"))
    (detail,) = await details(database)
    assert {model: rollout.stable for model, rollout in detail.endpoint.rollouts.items()} == {"day": 1, "night": 2}
    assert await database.read(lambda transaction: endpoints.models_of(transaction, pk, [1, 2, 9])) == {
        1: "day",
        2: "night",
    }
    await database.write(lambda transaction: endpoints.remove_rollout(transaction, pk, "day"))
    (detail,) = await details(database)
    assert [one.model for one in detail.endpoint.revisions] == ["night"]


async def test_statuses_come_back_as_they_were_put(database: Database) -> None:
    pk = await add(database, "taxi")
    failure = Failure("Killed", "The model's process…", -9, "last\nlines", 3)
    condition = Condition("Ready", Truth.FALSE, "Killed", "…", 4)
    status = Status(
        Phase.FAILED, 3, "Killed", "…", -9, "lines", "example (3 rows)", 4, Transition.BLOCKED, (condition,), 6, 7
    )
    seen = RevisionStatus(
        1, RevisionState.LOADED, 2, 3, 90, True, "onnx", "", "example", 1, failure, proven=True, signature="{}"
    )

    def report(transaction: Transaction) -> Status:
        endpoints.put_revision_status(transaction, 1, pk, seen)
        endpoints.put_revision_status(transaction, 1, pk, seen)
        return endpoints.put_status(transaction, pk, status)

    assert await database.write(report) == Status(updated_at=5), "the one before"
    (detail,) = await details(database)
    assert (detail.status, detail.revisions) == (status, (seen,))
    assert (detail.of(1), detail.of(2)) == (seen, RevisionStatus(2))


async def test_an_endpoint_is_forgotten_only_when_it_is_not_wanted(database: Database) -> None:
    pk = await add(database, "taxi")
    await database.write(lambda transaction: endpoints.put_revision_status(transaction, 1, pk, RevisionStatus(1)))
    await database.write(lambda transaction: endpoints.forget(transaction, 1, "taxi"))
    assert len(await details(database)) == 1
    await database.write(lambda transaction: endpoints.want(transaction, pk, 9, Wanted.REMOVED, {"a": "b"}))
    (detail,) = await details(database)
    assert (detail.endpoint.removed, detail.endpoint.updated_at, detail.endpoint.attributes) == (True, 9, {"a": "b"})
    await database.write(lambda transaction: endpoints.forget(transaction, 1, "taxi"))
    for table in (revisions, endpoint_status, revision_status, rollouts):
        left = select(func.count()).select_from(table)
        assert await database.read(lambda transaction, left=left: transaction.execute(left).scalar()) == 0  # type: ignore[misc]


async def test_workspaces_do_not_see_each_others_endpoints(database: Database) -> None:
    await add(database, "taxi")
    theirs_pk = await add(database, "taxi", workspace_id=2)
    await database.write(lambda transaction: endpoints.want(transaction, theirs_pk, 9, Wanted.REMOVED))
    (mine,), (theirs,) = await details(database), await details(database, 2)
    assert (mine.endpoint.removed, theirs.endpoint.removed) == (False, True)


async def test_all_endpoints_are_read_by_three_statements_in_order_of_name(database: Database) -> None:
    for name in ("b", "a", "c"):
        await add(database, name)
    with counted(database) as seen:
        names = [detail.endpoint.name for detail in await details(database)]
    assert names == ["a", "b", "c"]
    assert len(seen) == 3


async def test_whether_something_else_is_wanted_is_seen_by_one_statement(database: Database) -> None:
    async def look() -> tuple[object, ...]:
        return await database.read(lambda transaction: endpoints.fingerprint(transaction, 1))

    seen = [await look()]
    pk = await add(database, "taxi")
    seen.append(await look())
    await database.write(lambda transaction: endpoints.want(transaction, pk, 5))
    with counted(database) as statements:
        seen.append(await look())
    assert len(set(seen)) == 3
    assert len(statements) == 1
    await database.write(lambda transaction: endpoints.put_status(transaction, pk, Status(updated_at=99)))
    assert await look() == seen[-1], "what is seen is not what is wanted"
