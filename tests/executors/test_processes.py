import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.executors.processes import LocalProcesses, Process, child_environment
from tests.support.conditions import until

SECONDS = 180.0


async def run(tmp_path: Path, code: str, **env: str) -> Process:
    processes = LocalProcesses({"PATH": os.environ["PATH"], "MODELYARD_DATABASE": "secret"})
    return await processes.start([sys.executable, "-c", code], env, tmp_path, tmp_path / "log")


async def test_a_program_runs_to_its_end_and_its_words_are_kept(tmp_path: Path) -> None:
    process = await run(tmp_path, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert await process.wait() == 7
    assert process.exit_code == 7
    assert set(process.tail(5)) == {"out", "err"}
    assert await process.stop(0) == 7


async def test_a_child_sees_only_what_is_passed_on_purpose(tmp_path: Path) -> None:
    process = await run(tmp_path, "import os; print(sorted(os.environ)); print(oct(os.umask(0)))", GIVEN="1")
    await process.wait()
    names, umask = process.tail(2)
    assert set(eval(names)) - {"LC_CTYPE"} == {"GIVEN", "PATH"}  # noqa: S307 - our own child's words
    assert umask == "0o77"


@pytest.mark.parametrize(
    "name", ["MODELYARD_DATABASE", "DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "MLFLOW_X"]
)
def test_secrets_of_the_server_are_not_inherited(name: str) -> None:
    assert child_environment({name: "secret", "LC_ALL": "C", "HOME": "/h"}) == {"LC_ALL": "C", "HOME": "/h"}


async def test_stdin_stays_open_while_the_child_runs(tmp_path: Path) -> None:
    process = await run(tmp_path, "import select,sys; print(select.select([sys.stdin], [], [], 0.2)[0])")
    await process.wait()
    assert process.tail(1) == ("[]",)


STUBBORN = """
import signal, subprocess, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
Path("child").write_text(str(child.pid))
Path("ready").touch()
time.sleep(600)
"""


async def test_what_ignores_sigterm_is_killed_with_its_children(tmp_path: Path) -> None:
    process = await run(tmp_path, STUBBORN)
    await until((tmp_path / "ready").exists)
    child = os.pidfd_open(int((tmp_path / "child").read_text()))
    try:
        assert await process.stop(0.1) == -signal.SIGKILL
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(child, ended.set)
        async with asyncio.timeout(SECONDS):
            await ended.wait()
        asyncio.get_running_loop().remove_reader(child)
    finally:
        os.close(child)


POLITE = """
import signal, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, lambda *_: sys.exit(4))
Path("ready").touch()
time.sleep(600)
"""


async def test_one_that_ends_on_sigterm_is_given_its_time(tmp_path: Path) -> None:
    process = await run(tmp_path, POLITE)
    await until((tmp_path / "ready").exists)
    assert await process.stop(SECONDS) == 4


async def test_a_program_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no-such-program cannot be started"):
        await LocalProcesses({}).start(["no-such-program"], {}, tmp_path, tmp_path / "log")


async def test_nothing_is_left_open_after_many_processes(tmp_path: Path) -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a directory of descriptors

    before = open_files()
    for _ in range(10):
        await (await run(tmp_path, "pass")).wait()
    await until(lambda: open_files() <= before)  # fewer, when what earlier tests had left open was closed meanwhile
