from dataclasses import replace
from functools import partial

from sqlalchemy import func, select

from modelyard.domain.endpoints import EndpointDetail, Phase, Revision, Status
from modelyard.storage import endpoints
from modelyard.storage.database import Database
from modelyard.storage.tables.endpoints import endpoint_status, revisions
from tests.support.statements import counted

REVISION = Revision(0, "models:/taxi/1", "mlflow-artifacts:/1/models/taxi", "1", "local", 5)


async def put(database: Database, name: str, revision: Revision = REVISION, workspace_id: int = 1) -> None:
    await database.write(partial(endpoints.put, workspace_id=workspace_id, name=name, revision=revision))


async def details(database: Database, workspace_id: int = 1) -> list[EndpointDetail]:
    return list(await database.read(lambda transaction: endpoints.details(transaction, workspace_id)))


async def test_a_new_endpoint_is_pending_with_its_first_revision(database: Database) -> None:
    await put(database, "taxi")
    (detail,) = await details(database)
    assert detail.endpoint.revision == replace(REVISION, number=1)
    assert (detail.endpoint.name, detail.endpoint.removed, detail.endpoint.created_at) == ("taxi", False, 5)
    assert detail.status == Status(updated_at=5)


async def test_revisions_are_numbered_and_the_last_one_is_wanted(database: Database) -> None:
    await put(database, "taxi")
    await database.write(lambda transaction: endpoints.report(transaction, 1, "taxi", Status(Phase.READY, 1)))
    await put(database, "taxi", replace(REVISION, model_version="2", created_at=9))
    (detail,) = await details(database)
    assert (detail.endpoint.revision.number, detail.endpoint.revision.model_version) == (2, "2")
    assert (detail.endpoint.created_at, detail.endpoint.updated_at) == (5, 9)
    assert detail.status.serving_revision == 1, "what serves is not changed by what is wanted"


async def test_a_status_comes_back_as_it_was_reported(database: Database) -> None:
    await put(database, "taxi")
    status = Status(Phase.FAILED, 3, "Killed", "The model's process…", -9, "last\nlines", "example (3 rows)", 4, 7)
    await database.write(lambda transaction: endpoints.report(transaction, 1, "taxi", status))
    (detail,) = await details(database)
    assert detail.status == status


async def test_a_report_about_an_endpoint_that_is_gone_is_dropped(database: Database) -> None:
    await database.write(lambda transaction: endpoints.report(transaction, 1, "gone", Status()))
    assert await details(database) == []


async def test_an_endpoint_is_forgotten_only_when_it_is_not_wanted(database: Database) -> None:
    await put(database, "taxi")
    await database.write(lambda transaction: endpoints.forget(transaction, 1, "taxi"))
    assert len(await details(database)) == 1
    await database.write(lambda transaction: endpoints.remove(transaction, 1, "taxi", 9))
    (detail,) = await details(database)
    assert (detail.endpoint.removed, detail.endpoint.updated_at) == (True, 9)
    await database.write(lambda transaction: endpoints.forget(transaction, 1, "taxi"))
    for table in (revisions, endpoint_status):
        left = select(func.count()).select_from(table)
        assert await database.read(lambda transaction, left=left: transaction.execute(left).scalar()) == 0  # type: ignore[misc]


async def test_deploying_again_takes_a_removal_back(database: Database) -> None:
    await put(database, "taxi")
    await database.write(lambda transaction: endpoints.remove(transaction, 1, "taxi", 9))
    await put(database, "taxi")
    await database.write(lambda transaction: endpoints.forget(transaction, 1, "taxi"))
    (detail,) = await details(database)
    assert (detail.endpoint.removed, detail.endpoint.revision.number) == (False, 2)


async def test_workspaces_do_not_see_each_others_endpoints(database: Database) -> None:
    await put(database, "taxi")
    await put(database, "taxi", workspace_id=2)
    await database.write(lambda transaction: endpoints.remove(transaction, 2, "taxi", 9))
    (mine,), (theirs,) = await details(database), await details(database, 2)
    assert (mine.endpoint.removed, theirs.endpoint.removed) == (False, True)


async def test_all_endpoints_are_read_by_one_statement_in_order_of_name(database: Database) -> None:
    for name in ("b", "a", "c"):
        await put(database, name)
    with counted(database) as seen:
        names = [detail.endpoint.name for detail in await details(database)]
    assert names == ["a", "b", "c"]
    assert len(seen) == 1
