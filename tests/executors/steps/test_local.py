"""Real steps: the SDK's own executor, what a process sees, and what it can do to others."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modelyard.domain.task_launch import Ending, Launch, Needs
from modelyard.executors.environments import Environment, Environments
from modelyard.executors.steps import endings
from modelyard.executors.steps.local import Limits, LocalTasks
from modelyard.executors.steps.slots import Slot
from modelyard.executors.steps.tasks import Running
from modelyard.runner import marker
from tests.support.conditions import until
from tests.support.steps import MACHINE, WAITS, WORKS, Bench, alive, local, output, parent_of, pid_in, python, written

MIB = 1 << 20


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with local(tmp_path, limits=Limits(grace=0.5)) as found:
        yield found


async def test_a_component_is_run_by_the_sdks_own_executor(bench: Bench) -> None:
    step = await bench.start("a", **python("print('adding')\nreturn a + b", parameters={"a": 5, "b": 7}))
    told = await bench.ended()
    assert (told.ending, told.code) == (Ending.EXITED, 0)
    assert "adding\n[KFP Executor" in told.tail
    assert output(step) == 12
    assert json.loads((step.folder / "ended.json").read_bytes()) == {"code": 0, "why": "", "alone": False}


@pytest.mark.parametrize("kind", ["component", "command"])
async def test_the_marker_of_a_failure_says_that_we_were_there(bench: Bench, kind: str) -> None:
    what = python("raise SystemExit(3)") if kind == "component" else {"command": ["sh", "-c", "exit 3"]}
    step = await bench.start("a", **what)
    assert (await bench.ended()).code == 3
    assert json.loads((step.folder / "ended.json").read_bytes()) == {"code": 3, "why": "", "alone": False}


def test_the_marker_of_a_failure_after_our_end_says_so(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    marker.write(str(tmp_path), 1, to_server=theirs)
    os.close(theirs)
    told = endings.marked("a.0", tmp_path)
    assert told is not None
    assert (told.code, told.alone) == (1, True)


SPAWNS = """
import multiprocessing
child = multiprocessing.get_context('spawn').Process(target=print, args=('spawned',))
child.start()
child.join()
return child.exitcode
""".strip()
ENDS = [
    ("raise ValueError('no such ride')", 1, "ValueError: no such ride"),
    ("import sys; sys.exit(7)", 7, ""),
    ("import sys; sys.exit('enough')", 1, "enough"),
    ("import os; os._exit(5)", 5, ""),
    ("return 'no number'", 1, "returned value of type <class 'str'>"),
    (
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.2), print('late'))).start()\nreturn 1",
        0,
        "late",
    ),
    ("import atexit\natexit.register(print, 'at the end')\nreturn 1", 0, "at the end"),
    (SPAWNS, 0, "spawned"),
]


@pytest.mark.parametrize(("body", "code", "words"), ENDS)
async def test_a_component_ends_as_in_a_process_of_its_own(bench: Bench, body: str, code: int, words: str) -> None:
    told = await bench.run("a", **python(body))
    assert (told.ending, told.code) == (Ending.EXITED, code)
    assert words in told.tail


async def test_a_component_that_is_no_python_is_told_with_its_traceback(bench: Bench) -> None:
    told = await bench.run("a", **python("return ("))
    assert told.code == 1
    assert "SyntaxError" in told.tail


SEES = """
import os, sys, __main__
seen = dict(os.environ)
print(os.getcwd(), sys.stdin.read() == '', os.getsid(0) == os.getpid(), oct(os.umask(0)), __main__.__name__)
print(seen.get('MODELYARD_DATABASE_URL'), seen['GIVEN'], seen['_KFP_RUNTIME'], seen['CUDA_VISIBLE_DEVICES'])
print(sorted(os.listdir('/proc/self/fd')))
return 1
"""


async def test_a_component_sees_its_folder_and_what_it_is_given(bench: Bench) -> None:
    facts = python(SEES.strip())
    told = await bench.run("a", **facts, env={"GIVEN": "1"}, needs=Needs(gpus=1))
    first, second, third, _ = told.tail.splitlines()[-4:]
    assert first == f"{bench.home / 'a'} True True 0o77 kfp.dsl.executor_main"
    assert second == "None 1 true 7"
    assert len(eval(third)) <= 5  # noqa: S307 - standard streams, lifeline, and the listing itself


HIDDEN = "from modelyard.kit import privacy; privacy.hide(); print('hidden', flush=True); input()"
SPIES = """
seen = []
for place in ('environ', 'maps', 'mem'):
    try:
        open('/proc/PID/' + place, 'rb').read(1)
        seen.append(place)
    except PermissionError:
        pass
print('saw', seen)
return 1
"""


async def test_a_component_cannot_look_into_what_hides(bench: Bench) -> None:
    """As the server does, which runs as the same user."""
    child = [sys.executable, "-c", HIDDEN]
    with subprocess.Popen(child, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as hidden:  # noqa: ASYNC220 - it is brief
        assert hidden.stdout is not None
        assert hidden.stdout.readline() == b"hidden\n"
        told = await bench.run("a", **python(SPIES.strip().replace("PID", str(hidden.pid))))
        reads = f"head -c 1 /proc/{hidden.pid}/environ || echo refused"
        command = await bench.run("b", reads)
        hidden.communicate()
    assert "saw []" in told.tail
    assert "refused" in command.tail


async def test_a_command_finds_the_environments_python_first(bench: Bench) -> None:
    told = await bench.run("a", "command -v python3; pwd; cat; env | grep -c MODELYARD_DATABASE")
    assert told.tail.splitlines() == [str(Path(sys.executable).with_name("python3")), str(bench.home / "a"), "0"]


async def test_what_a_command_installs_is_its_own(bench: Bench) -> None:
    told = await bench.run("a", 'echo "$PIP_TARGET $PYTHONPATH"')
    assert told.tail == " ".join([str(bench.home / "a" / "packages")] * 2)


async def test_a_program_that_is_not_there_is_told(bench: Bench) -> None:
    told = await bench.run("a", command=("no-such-program", "x"))
    assert (told.code, told.tail) == (127, "no-such-program cannot be started: No such file or directory")


async def test_what_an_interpreter_reads_at_its_start_is_obeyed(bench: Bench) -> None:
    facts = python("import sys; return sys.flags.optimize")
    step = await bench.start("a", **facts, env={"PYTHONOPTIMIZE": "2"})
    assert (await bench.ended()).code == 0
    assert output(step) == 2


async def test_an_input_of_any_length_reaches_its_component(bench: Bench) -> None:
    step = await bench.start("a", **python("return len(a)", parameters={"a": "x" * (3 * MIB)}))
    assert (await bench.ended()).code == 0
    assert output(step) == 3 * MIB


async def test_packages_that_are_missing_come_from_an_environment_of_their_own(bench: Bench) -> None:
    step = await bench.start("a", **python("import six, kfp; return len(six.__version__)", "six==1.15.0"))
    assert (await bench.ended()).code == 0
    assert output(step) == 6
    assert "Installing 3 requirements" in (step.folder / "log").read_text()
    told = await bench.run("b", **python("import six; print(six.__file__); return 1", "six==1.15.0"))
    assert str(bench.home / "cache") in told.tail
    assert "Installing" not in told.tail


async def test_packages_that_nobody_has_refuse_the_step(bench: Bench) -> None:
    told = await bench.run("a", **python("return 1", "six==999.0"))
    assert told.ending is Ending.REFUSED
    assert "six==999.0" in told.detail


ESCAPES = """
setsid sh -c 'sh -c "echo \\$\\$ >far; exec sleep 600" & sleep 600' &
until [ -s far ]; do sleep 0.01; done
"""


@pytest.mark.parametrize(
    ("end", "ending"),
    [
        ("exit 4", Ending.EXITED),
        ("kill -9 $$", Ending.SIGNALED),
        ("touch ready; sleep 600", Ending.CANCELED),
        ("trap '' TERM; touch ready; while :; do sleep 600; done", Ending.CANCELED),
    ],
)
async def test_what_a_step_started_ends_with_it_wherever_it_went(bench: Bench, end: str, ending: Ending) -> None:
    step = await bench.start("a", f"{ESCAPES}{end}")
    if ending is Ending.CANCELED:
        await until((step.folder / "ready").exists)
        await bench.tasks.cancel(step.key)
    told = await bench.ended()
    assert told.ending is ending
    assert not alive(pid_in(step.folder / "far"))


class HeardLate(LocalTasks):
    """Hears of a birth when the newborn has long been at work, as on a busy machine."""

    heard: asyncio.Event

    async def _begin(self, launch: Launch, prepared: Environment, slot: Slot) -> Running:
        running = await super()._begin(launch, prepared, slot)
        await self.heard.wait()
        return running


async def test_what_is_canceled_while_its_birth_is_unheard_of_ends_as_a_whole(tmp_path: Path) -> None:
    tasks = HeardLate(os.environ, Environments(tmp_path / "cache", os.environ), tmp_path, MACHINE)
    tasks.heard = asyncio.Event()
    bench = Bench(tasks, tmp_path)
    step = await bench.start("a", f"{ESCAPES}touch ready; sleep 600")
    await until((step.folder / "ready").exists)
    await tasks.cancel(step.key)
    asyncio.get_running_loop().call_soon(tasks.heard.set)
    told = await bench.ended()
    assert told.detail == "The step was canceled"
    assert not alive(pid_in(step.folder / "far"))
    await tasks.stop()


GRACEFUL = """
sh -c 'trap "sleep 0.1; echo saved; exit" TERM; touch ready; while :; do sleep 0.01; done' &
wait
"""


async def test_what_is_asked_to_end_may_take_its_time(tmp_path: Path) -> None:
    async with local(tmp_path, limits=Limits(grace=180.0)) as bench:
        step = await bench.start("a", GRACEFUL)
        await until((step.folder / "ready").exists)
        await bench.tasks.cancel(step.key)
        told = await bench.ended()
    assert (told.ending, told.tail.splitlines()[-1]) == (Ending.CANCELED, "saved")


async def test_a_step_that_uses_too_much_memory_is_ended_alone(bench: Bench) -> None:
    neighbour = await bench.start("b", WAITS)
    hog = "import time\nheld = []\nwhile True: held.append(bytearray(b'x') * (4 << 20)); time.sleep(0.005)"
    told = await bench.run("a", **python(hog), memory_limit=200 * MIB)
    assert (told.ending, told.detail) == (
        Ending.OUT_OF_MEMORY,
        "The step used more memory than its limit and was ended",
    )
    (neighbour.folder / "go").touch()
    assert (await bench.ended()).ending is Ending.EXITED


async def test_memory_is_counted_over_all_that_a_step_started(bench: Bench) -> None:
    hog = f"'{sys.executable}' -c \"x = b'x' * (60 << 20); import time; time.sleep(600)\" &"
    told = await bench.run("a", f"{hog}\n{hog}\n{hog}\nwait", memory_limit=150 * MIB)
    assert told.ending is Ending.OUT_OF_MEMORY


async def test_a_step_that_forks_without_end_is_ended_alone(tmp_path: Path) -> None:
    async with local(tmp_path, limits=Limits(processes=40)) as bench:
        neighbour = await bench.start("b", WAITS)
        told = await bench.run("a", "while :; do sleep 600 & sleep 0.01; done")
        assert (told.ending, told.code) == (Ending.SIGNALED, 9)
        assert "more processes at once" in told.detail
        (neighbour.folder / "go").touch()
        assert (await bench.ended()).ending is Ending.EXITED


async def test_a_step_that_prints_without_end_fills_no_disk(bench: Bench) -> None:
    told = await bench.run("a", "echo first; head -c 40000000 /dev/zero | tr '\\0' 'x'; echo; echo last")
    assert (told.code, told.tail.splitlines()[-1]) == (0, "last")
    files = {file.stat().st_ino: file.stat().st_size for file in (bench.home / "a").glob("log*")}
    assert sum(files.values()) <= 32 * MIB + 100
    followed = b"".join([part async for part in bench.tasks.follow("a.0", bench.home / "a")])
    assert followed == (bench.home / "a" / "log").read_bytes()
    assert followed.startswith(b"first\n")
    assert followed.endswith(b"last\n")
    assert followed.count(b"bytes were printed here and not kept") == 1


async def test_a_file_without_end_fills_no_disk(tmp_path: Path) -> None:
    async with local(tmp_path, limits=Limits(file=MIB)) as bench:
        told = await bench.run("a", **python("open('large', 'wb').write(bytes(2 << 20)); return 1"))
        assert told.code == 1
        assert "File too large" in told.tail
        told = await bench.run("b", "head -c 2000000 /dev/zero > large")
        assert told.code
        assert (bench.home / "b" / "large").stat().st_size <= MIB


async def test_a_step_that_closes_all_its_files_can_still_be_ended(bench: Bench) -> None:
    body = "import os, time\nopen('ready', 'w').close()\nos.closerange(0, 4096)\ntime.sleep(600)"
    step = await bench.start("a", **python(body))
    await until((step.folder / "ready").exists)
    await bench.tasks.cancel(step.key)
    assert (await bench.ended()).ending is Ending.CANCELED


async def test_a_step_that_kills_its_parent_harms_nobody(bench: Bench) -> None:
    neighbour = await bench.start("neighbour", WAITS)
    component = await bench.start(
        "component", **python("import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)\nreturn 3")
    )
    other = await bench.start("other", ESCAPES + WAITS)
    await until(lambda: all((step.folder / "started").exists() for step in (neighbour, other)))
    await until((component.folder / "ephemeral_component.py").exists)
    told = await bench.run("killer", "kill -9 $PPID; exit 3")
    assert told.ending in {Ending.LOST, Ending.EXITED}
    assert (await bench.run("next", WORKS)).tail == "hello"
    await bench.tasks.cancel("other.0")
    assert (await bench.ended()).ending is Ending.CANCELED
    assert not alive(pid_in(other.folder / "far"))
    (component.folder / "go").touch()
    assert (await bench.ended()).code == 0
    assert output(component) == 3
    (neighbour.folder / "go").touch()
    assert (await bench.ended()).ending is Ending.LOST
    assert (neighbour.folder / "log").read_text() == "waiting\ngone\n"


async def test_a_server_that_stops_leaves_nothing_behind(tmp_path: Path) -> None:
    async with local(tmp_path) as bench:
        step = await bench.start("a", f"{ESCAPES}echo $$ >near; sleep 600")
        await until(written(step.folder / "near", step.folder / "far"))
    assert not alive(pid_in(step.folder / "near"))
    assert not alive(pid_in(step.folder / "far"))


SERVER = """
import asyncio, sys
from pathlib import Path
from tests.support.steps import local, python

ESCAPES = sys.argv[2]
LOOPS = "import os, time; print(os.getpid(), file=open('near', 'w')); time.sleep(600)"

async def main():
    home = Path(sys.argv[1])
    async with local(home) as bench:
        await bench.run("finished", "exit 3")
        await bench.start("shell", f"{ESCAPES}echo $$ >near; sleep 600")
        await bench.start("component", **python(LOOPS))
        await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("killed", ["the server", "its zygote and the server"])
async def test_steps_end_when_the_server_is_killed(tmp_path: Path, killed: str) -> None:
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER, str(tmp_path), ESCAPES)
    shell, component = tmp_path / "shell", tmp_path / "component"
    try:
        await until(written(shell / "near", shell / "far", component / "near"))
        pids = [pid_in(shell / "near"), pid_in(component / "near")]
        if killed == "its zygote and the server":
            os.kill(parent_of(pids[0]), signal.SIGKILL)
        else:
            pids.append(pid_in(shell / "far"))
    finally:
        server.kill()
        await server.wait()
    await until(lambda: not any(map(alive, pids)))
    async with local(tmp_path) as bench:
        told = await bench.tasks.adopt("finished.0", tmp_path / "finished")
        assert told is not None
        assert told.code == 3
        assert await bench.tasks.adopt("shell.0", shell) is None
        assert await bench.tasks.adopt("component.0", component) is None
    assert not alive(pid_in(shell / "far"))
