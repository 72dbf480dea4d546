"""Scoring scripts in real replicas: what they answer, and what they may do without harm to the next request."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from modelyard.domain.errors import DeadlineExceeded, InvalidInput, PredictionFailed
from modelyard.domain.serving_options import ServingOptions
from modelyard.formats.inference import Form, InferenceRequest
from tests.support.conditions import until
from tests.support.replicas import Replica, running

SECONDS = 180.0
IMPORTED = (Path(__file__).parents[2] / "support" / "scoring_script.py").read_text()
RUN = """
import json, sys, time
args = json.loads(sys.argv[1]) if sys.argv[1].startswith("{") else {"do": sys.argv[1:]}
if args["do"] == "raise":
    raise RuntimeError("thirteen is not scored")
if args["do"] == "hang":
    time.sleep(600)
print("asked for", args["do"], "with", open("weight").read())
"""


def script(tmp_path: Path, code: str) -> Path:
    (tmp_path / "score.py").write_text(code)
    (tmp_path / "weight").write_text("7.5")
    return tmp_path


def asks(arguments: object) -> InferenceRequest:
    return InferenceRequest(Form.SCORING, json.dumps(arguments).encode())


async def ask(replica: Replica, arguments: object, seconds: float = SECONDS) -> Any:
    return json.loads((await replica.client.infer(asks(arguments), seconds)).predictions)


OPTIONS = ServingOptions(script="score.py")


async def test_a_script_that_predicts_is_imported_once_and_asked_again_and_again(tmp_path: Path) -> None:
    async with running(script(tmp_path, IMPORTED), OPTIONS) as replica:
        assert (await replica.client.describe()).runtime == "scoring script, imported once"
        first, second = [await ask(replica, {"do": "answer", "n": n}) for n in (1, 2)]
        assert first == {"model": "7.5", "loaded": 1, "pid": replica.process.pid, "args": {"do": "answer", "n": 1}}
        assert second == {**first, "args": {"do": "answer", "n": 2}}


async def test_what_a_script_prints_is_its_answer_when_it_returns_nothing(tmp_path: Path) -> None:
    async with running(script(tmp_path, IMPORTED), OPTIONS) as replica:
        assert await ask(replica, {"do": "print"}) == "It takes 7.5 seconds.\n"
        assert await ask(replica, {"do": "exit", "code": 0}) == "Done.\n"


async def test_a_script_that_raises_or_exits_fails_one_request(tmp_path: Path) -> None:
    async with running(script(tmp_path, IMPORTED), OPTIONS) as replica:
        with pytest.raises(PredictionFailed, match=r"^The model raised RuntimeError: thirteen is not scored$"):
            await ask(replica, {"do": "raise"})
        await until(lambda: any("in predict" in line for line in replica.process.tail(20)))
        with pytest.raises(PredictionFailed, match=r"^The scoring script ended with exit code 3$"):
            await ask(replica, {"do": "exit", "code": 3})
        assert (await ask(replica, {"do": "answer"}))["pid"] == replica.process.pid


async def test_a_script_that_hangs_keeps_its_replica_and_the_client_knows_for_how_long(tmp_path: Path) -> None:
    async with running(script(tmp_path, IMPORTED), OPTIONS) as replica:
        await ask(replica, {"do": "answer"})
        assert replica.client.stalled == 0
        await hang(replica)
        await until(lambda: replica.client.stalled > 0.05)
        assert await replica.client.healthy()


async def hang(replica: Replica) -> None:
    """On a slow machine the first requests may be given up before they have reached the script."""
    for seconds in (0.05, 0.5, 5.0, 50.0):
        with pytest.raises(DeadlineExceeded):
            await ask(replica, {"do": "hang"}, seconds)
        with contextlib.suppress(DeadlineExceeded):
            await ask(replica, {"do": "answer"}, 10 * seconds)
            continue
        return
    raise AssertionError("it answers all the same")


async def test_memory_beyond_the_bound_fails_the_request_and_not_the_process(tmp_path: Path) -> None:
    async with running(script(tmp_path, IMPORTED), ServingOptions(script="score.py", memory=1 << 30)) as replica:
        with pytest.raises(PredictionFailed, match="ran out of the memory it may use"):
            await ask(replica, {"do": "allocate", "bytes": 2 << 30})
        assert await ask(replica, {"do": "allocate", "bytes": 1 << 20}) == 1 << 20


async def test_any_other_script_is_run_for_each_request(tmp_path: Path) -> None:
    async with running(script(tmp_path, RUN), OPTIONS) as replica:
        assert (await replica.client.describe()).runtime == "scoring script, run for each request"
        assert await ask(replica, {"do": "this"}) == "asked for this with 7.5\n"
        assert await ask(replica, "--hour '9 o clock'") == "asked for ['--hour', '9 o clock'] with 7.5\n"
        with pytest.raises(PredictionFailed, match="ended with exit code 1: RuntimeError: thirteen is not scored"):
            await ask(replica, {"do": "raise"})
        with pytest.raises(DeadlineExceeded):
            await ask(replica, {"do": "hang"}, 0.3)
        assert await ask(replica, {"do": "that"}) == "asked for that with 7.5\n", "what hung was killed in time"
        assert replica.client.stalled == 0


async def test_arguments_that_are_none_are_the_callers_mistake(tmp_path: Path) -> None:
    async with running(script(tmp_path, RUN), OPTIONS) as replica:
        for arguments, words in ((7, "must be an object"), ("it's", "cannot be split")):
            with pytest.raises(InvalidInput, match=words):
                await ask(replica, arguments)


async def test_a_script_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"no scoring script '\.\./elsewhere\.py'"):
        async with running(script(tmp_path, RUN), ServingOptions(script="../elsewhere.py")):
            pass
