import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable

import pytest

from modelyard.domain.endpoint_status import Phase
from modelyard.domain.errors import NotFound, Unavailable
from tests.support.replicas import WAIT
from tests.support.tracking import ME, journal
from tests.support.yard import Yard, alive

ONE = [{"value": 1.0, "label": "x"}]
"""What the odd model answers to 1."""


async def test_ready_means_that_the_example_was_predicted(yard: Yard) -> None:
    await yard.endpoints.deploy(ME, "taxi", await yard.keep("linear", "linear"))
    first = asyncio.create_task(yard.predict("taxi", 1, 2))
    detail = await yard.ready("taxi")
    assert detail.status.probe == "serving_input_example.json (3 rows)"
    assert await yard.predict("taxi", 1, 2) == [pytest.approx(8)]
    with contextlib.suppress(NotFound, Unavailable):  # not known yet, or its files were fetched; held while loading
        assert await first == [pytest.approx(8)]
    assert ("endpoint.moved", "taxi", "system") in await journal(yard.database)


async def test_a_model_that_only_mlflow_can_ask_is_started_once_more_where_mlflow_is(yard: Yard) -> None:
    """Whether scikit-learn alone is enough is known when it was loaded."""
    await yard.endpoints.deploy(ME, "rides", await yard.keep("mixed", "mixed"))
    detail = await yard.ready("rides")
    assert detail.revisions[0].runtime.startswith("pyfunc (sklearn)")
    assert (detail.revisions[0].failure, detail.status.restarts) == (None, 0)
    yard.kill("rides")
    await yard.until("rides", lambda seen: seen.status.restarts == 1 and seen.status.phase is Phase.READY)


async def test_a_model_that_cannot_predict_its_example_is_never_ready(yard: Yard) -> None:
    other = json.dumps({"dataframe_split": {"columns": ["z"], "data": [[1]]}}).encode()
    uri = await yard.keep("linear", "linear", {"serving_input_example.json": other})
    await yard.endpoints.deploy(ME, "taxi", uri)
    detail = await yard.failed("taxi")
    assert (detail.status.reason, detail.status.serving_revision) == ("ProbeFailed", 0)
    with pytest.raises(Unavailable, match="has failed"):
        await yard.predict("taxi", 1, 2)


async def test_a_killed_replica_is_started_again_and_its_callers_only_wait(yard: Yard) -> None:
    await yard.endpoints.deploy(ME, "odd", await yard.keep("odd", "odd"))
    await yard.ready("odd")
    before = yard.pid("odd")
    yard.kill("odd")
    assert await yard.predict("odd", 1) == ONE
    detail = await yard.until("odd", lambda seen: seen.status.restarts == 1 and seen.status.phase is Phase.READY)
    assert detail.status.reason == ""
    assert yard.pid("odd") != before


async def test_a_model_that_does_not_load_says_why_and_a_good_one_takes_its_place(yard: Yard) -> None:
    await yard.endpoints.deploy(ME, "odd", await yard.keep("broken", "broken"))
    detail = await yard.failed("odd")
    assert "a_module_nobody_has" in detail.status.message
    assert (detail.status.reason, detail.status.exit_code) == ("MissingModule", 3)
    assert "a_module_nobody_has" in detail.status.log_tail
    with pytest.raises(Unavailable, match="a_module_nobody_has"):
        await yard.predict("odd", 1)
    await yard.endpoints.deploy(ME, "odd", "mlflow-artifacts:/1/models/nothing")
    detail = await yard.until("odd", lambda seen: seen.status.reason == "ModelNotFetched")
    assert "no MLmodel file at mlflow-artifacts:/1/models/nothing" in detail.status.message
    await yard.endpoints.deploy(ME, "odd", await yard.keep("odd", "odd"))
    await yard.ready("odd", 3)
    assert await yard.predict("odd", 1) == ONE


async def test_a_new_revision_takes_over_without_a_failed_request_and_a_broken_one_does_not(yard: Yard) -> None:
    await yard.endpoints.deploy(ME, "odd", await yard.keep("odd", "odd"))
    await yard.ready("odd")
    old = yard.pid("odd")

    async def swap() -> None:
        await yard.endpoints.deploy(ME, "odd", await yard.keep("odd", "again", {"note": b"another model"}))
        await yard.ready("odd", 2)

    assert await answers_during(yard, swap) > 4
    new = yard.pid("odd")
    assert new != old
    assert alive(old), "it is kept warm for a rollback"

    async def fail() -> None:
        await yard.endpoints.deploy(ME, "odd", await yard.keep("broken", "broken"))
        assert (await yard.failed("odd")).status.serving_revision == 2

    assert await answers_during(yard, fail) > 4
    assert yard.pid("odd") == new
    await yard.rollouts.roll_back(ME, "odd")
    await yard.ready("odd", 2)
    assert yard.pid("odd") == new


async def answers_during(yard: Yard, change: Callable[[], Awaitable[None]]) -> int:
    """How many predictions were answered while `change` went on; none may fail."""
    over = asyncio.Event()

    async def ask() -> int:
        count = 0
        while not over.is_set() or count < 2:
            assert await yard.predict("odd", 1) == ONE
            count += 1
            await asyncio.sleep(0.01)
        return count

    askers = [asyncio.create_task(ask()) for _ in range(4)]
    await change()
    over.set()
    return sum(await asyncio.gather(*askers))


async def test_a_removed_endpoint_answers_what_it_was_asked_before_it_goes(yard: Yard) -> None:
    await yard.endpoints.deploy(ME, "odd", await yard.keep("odd", "odd"))
    await yard.ready("odd")
    pid, folder = yard.pid("odd"), yard.model_directory()
    asked = asyncio.create_task(yard.predict("odd", WAIT))
    await yard.until("odd", lambda _: (folder / "waiting").exists())
    await yard.endpoints.remove(ME, "odd")
    await yard.until("odd", lambda _: yard.directory.names() == ())
    with pytest.raises(NotFound):
        await yard.predict("odd", 1)
    await others_are_looked_after(yard)
    assert alive(pid)
    (folder / "go").touch()
    assert await asked == [{"value": WAIT, "label": "x"}]
    with pytest.raises(NotFound):
        await yard.until("odd", lambda _: False)
    assert not alive(pid)


async def others_are_looked_after(yard: Yard) -> None:
    await yard.endpoints.deploy(ME, "other", "mlflow-artifacts:/1/models/nothing")
    await yard.failed("other")


async def test_a_restarted_server_serves_again_what_was_wanted(yard: Yard) -> None:
    await yard.endpoints.deploy(ME, "odd", await yard.keep("odd", "odd"))
    await yard.ready("odd")
    before = yard.pid("odd")
    await yard.stop()
    assert not alive(before)
    yard.start()
    await yard.until("odd", lambda seen: seen.status.phase is not Phase.READY)
    await yard.ready("odd")
    assert await yard.predict("odd", 1) == ONE


async def test_models_are_kept_answering_while_the_database_is_not(yard: Yard) -> None:
    await yard.endpoints.deploy(ME, "odd", await yard.keep("odd", "odd"))
    await yard.ready("odd")
    before = yard.pid("odd")
    yard.database.close()
    yard.kill("odd")
    assert await yard.predict("odd", 1) == ONE
    assert yard.pid("odd") != before
