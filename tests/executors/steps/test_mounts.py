"""Directories at paths that a step's code knows. Where the machine does not allow it, steps are told so."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modelyard.domain.task_launch import Ending, Mount
from modelyard.executors.steps import strays
from modelyard.executors.steps.program import RUNNER
from modelyard.runner import mounts
from tests.support.conditions import until
from tests.support.steps import Bench, alive, local, output, pid_in, python, written

MADE_UP, PYTHON = Path("/modelyard-test"), Path(sys.executable)
NOWHERE = f"{MADE_UP}/of/mounts"
KINDS = ["component", "fresh component", "command"]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with local(tmp_path) as found:
        yield found


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    folder = tmp_path / "volume"
    folder.mkdir()
    (folder / "given").write_text("7")
    return folder


def is_there(path: Path) -> bool:
    return path.exists()


async def refused(bench: Bench) -> bool:
    """Whether the machine allows no mounts; then a step that wants one is told so."""
    if not await bench.tasks.cannot_mount():
        return False
    told = await bench.run("refused", "echo ran", mounts=[Mount(bench.home, NOWHERE)])
    assert told.code == 127
    assert "The volumes of the step cannot be mounted" in told.tail
    assert "ran" not in told.tail.splitlines()
    return True


@pytest.mark.parametrize("kind", KINDS)
async def test_a_step_sees_a_volume_where_its_code_looks_for_it_and_nobody_else_does(
    bench: Bench, volume: Path, kind: str
) -> None:
    if await refused(bench):
        return
    mounts = [Mount(volume, NOWHERE)]
    if kind == "command":
        script = f"cp {NOWHERE}/given {NOWHERE}/made; cp {NOWHERE}/given .; cp given {bench.home}/a/again"
        step = await bench.start("a", script, mounts=mounts)
    else:
        body = f"from pathlib import Path\nPath('{NOWHERE}/made').write_text('7')\n"
        body += f"return int(Path('{NOWHERE}/given').read_text())"
        env = {"PYTHONHASHSEED": "1"} if kind == "fresh component" else {}
        step = await bench.start("a", mounts=mounts, env=env, **python(body))
    told = await bench.ended()
    assert (told.ending, told.code) == (Ending.EXITED, 0), told.tail
    assert (volume / "made").read_text() == "7"
    assert kind != "command" or (step.folder / "again").read_text() == "7"
    assert kind == "command" or output(step) == 7
    assert not is_there(MADE_UP)


async def test_what_the_machine_has_is_still_there(bench: Bench, volume: Path) -> None:
    """Beside a path that is new in a directory that is full: of files, links, and directories with more in them."""
    if await refused(bench):
        return
    full = volume.parent / "full"
    (full / "inner").mkdir(parents=True)
    (full / "inner" / "file").write_text("inner")
    (full / "file").write_text("outer")
    (full / "link").symlink_to("inner/file")
    (full / "dangling").symlink_to("nowhere")
    full.chmod(0o750)
    script = f"cd {full}; cat new/given file link inner/file; echo; ls; stat -c %a .; cat /proc/self/stat >/dev/null"
    told = await bench.run("a", script, mounts=[Mount(volume, str(full / "new"))])
    assert told.tail.split() == ["7outerinnerinner", "dangling", "file", "inner", "link", "new", "750"]
    assert not (full / "new").exists()


async def test_the_root_of_the_machine_cannot_be_reached_past_the_volumes(bench: Bench, volume: Path) -> None:
    if await refused(bench):
        return
    told = await bench.run(
        "a", f"ls -A / | grep -x .machine; grep -c {mounts.OLD} /proc/self/mountinfo", mounts=[Mount(volume, NOWHERE)]
    )
    assert told.tail.split() == ["0"]
    assert not is_there(Path(mounts.OLD))


async def test_what_is_only_to_be_read_cannot_be_written(bench: Bench, volume: Path) -> None:
    if await refused(bench):
        return
    told = await bench.run("a", f"cat {NOWHERE}/given; echo x >{NOWHERE}/given", mounts=[Mount(volume, NOWHERE, True)])
    assert told.code != 0
    assert "Read-only file system" in told.tail
    assert (volume / "given").read_text() == "7"


async def test_a_step_that_removes_all_it_sees_of_its_folder_removes_nothing_of_the_machine(
    bench: Bench, volume: Path
) -> None:
    """The root that it has is made in its folder."""
    if await refused(bench):
        return
    told = await bench.run("a", "rm -rf ./* ./.root 2>/dev/null; ls -A", mounts=[Mount(volume, NOWHERE)])
    assert told.code == 0
    assert (volume / "given").exists()
    assert is_there(PYTHON)


async def test_a_path_through_a_file_is_refused(bench: Bench, volume: Path) -> None:
    if await refused(bench):
        return
    told = await bench.run("a", "echo ran", mounts=[Mount(volume, str(volume / "given" / "x"))])
    assert told.code == 127
    assert f"The volumes of the step cannot be mounted: {volume / 'given'}" in told.tail


async def test_a_step_with_volumes_is_ended_with_all_that_it_started(bench: Bench, volume: Path) -> None:
    if await refused(bench):
        return
    script = "setsid sh -c 'echo $$ >far; sleep 600' & echo $$ >near; sleep 600"
    step = await bench.start("a", script, mounts=[Mount(volume, NOWHERE)])
    near, far = step.folder / "near", step.folder / "far"
    await until(written(near, far))
    await bench.tasks.cancel(step.key)
    assert (await bench.ended()).ending is Ending.CANCELED
    assert not alive(pid_in(near))
    assert not alive(pid_in(far))


async def test_what_a_crash_has_left_of_a_step_with_volumes_is_found(bench: Bench, volume: Path) -> None:
    """By its folder, since a fork shows the variables of its zygote."""
    if await refused(bench):
        return
    body = "import os, time\nprint(os.getpid(), file=open('near', 'w'))\ntime.sleep(600)\nreturn 1"
    step = await bench.start("a", mounts=[Mount(volume, NOWHERE)], **python(body))
    await until(written(step.folder / "near"))
    await asyncio.to_thread(strays.end, step.key, step.folder)
    assert (await bench.ended()).ending is Ending.SIGNALED
    assert not alive(pid_in(step.folder / "near"))


def test_a_user_without_rights_has_them_in_a_namespace_of_its_own_or_is_told_why_not(tmp_path: Path) -> None:
    script = """
import importlib, sys
sys.argv = ["start.py"]
namespace = {"__name__": "start", "__file__": FILE}
exec(open(FILE).read(), namespace)
namespace["become_package"]()
importlib.import_module("modelyard_runner.confine")._look_into_nobody()
importlib.import_module("modelyard_runner.mounts").main(FOLDER)
"""
    script = script.replace("FILE", repr(str(RUNNER))).replace("FOLDER", repr(str(tmp_path)))
    tried = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert tried.returncode in (0, 1)
    assert tried.stderr == ""
    assert bool(tried.stdout) == bool(tried.returncode), tried
    assert not Path("/modelyard").exists()
    if os.geteuid() == 0 and not tried.returncode:
        assert os.path.ismount("/proc")  # ours are as they were
