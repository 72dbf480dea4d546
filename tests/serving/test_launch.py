import signal
import subprocess
import sys
from pathlib import Path

from modelyard.domain.serving_options import ServingOptions
from modelyard.serving import launch
from modelyard.serving.launch import failure


def test_the_reason_is_the_last_line_of_a_failed_load() -> None:
    tail = ("Traceback", "{", '{"reason": "MissingModule", "message": "needs x"}', "bye")
    found = failure(3, tail)
    assert (found.reason, found.message, found.exit_code) == ("MissingModule", "needs x", 3)


def test_a_signal_is_named() -> None:
    found = failure(-signal.SIGKILL, ("loading",))
    assert (found.reason, found.message) == ("Killed", "The model's process was ended by signal 9 (Killed)")


def test_other_exit_codes_are_told_even_when_a_line_looks_like_a_reason() -> None:
    assert failure(9, ('{"reason": "a", "message": "b"}',)).reason == "Exited"


def test_another_program_ends_with_the_server_too(tmp_path: Path) -> None:
    place = launch.Place(tmp_path / "place")
    launch.write_plan(place, tmp_path, {}, ServingOptions(environment_variables={"WORD": "hello"}))
    waits = 'import os, time; print(os.environ["WORD"], os.getcwd(), flush=True); time.sleep(600)'
    command = launch.program_command(Path(sys.executable), place, ("python", "-c", waits))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert child.stdout.readline().decode().split() == ["hello", str(tmp_path)]
        child.stdin.close()  # what the server's end does to it
        assert child.wait(180) == -signal.SIGKILL


def test_who_is_isolated_has_a_network_of_its_own_that_leads_nowhere(tmp_path: Path) -> None:
    shown = 'import os, socket; print(os.readlink("/proc/self/ns/net"), [name for _, name in socket.if_nameindex()])'
    seen = []
    for isolated in (False, True):
        place = launch.Place(tmp_path / f"place {isolated}")
        launch.write_plan(place, tmp_path, {}, ServingOptions(), launch.Rules(isolated=isolated))
        command = launch.program_command(Path(sys.executable), place, ("python", "-c", shown))
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as child:
            assert child.stdout is not None
            seen.append(child.stdout.readline().decode().split(" ", 1))
    (shared, _), (own, interfaces) = seen
    assert Path(shared) == Path("/proc/self/ns/net").readlink() != Path(own)
    assert interfaces == "['lo']\n"
