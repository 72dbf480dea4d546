import subprocess
from pathlib import Path

from modelyard.executors.steps import strays
from modelyard.executors.steps.program import VARIABLE

NAP = ["sleep", "600"]


def test_what_carries_the_key_ends_and_who_only_looks_at_the_folder_does_not(tmp_path: Path) -> None:
    with (
        subprocess.Popen(NAP, env={VARIABLE: "a.0"}, start_new_session=True) as step,
        subprocess.Popen(NAP, env={VARIABLE: "a.01"}) as other,
        subprocess.Popen(NAP, cwd=tmp_path) as onlooker,
    ):
        strays.end("a.0", tmp_path, patience=0.1)  # it stays, as a zombie, until we have waited for it
        assert step.wait() == -9
        for each in (other, onlooker):
            assert each.poll() is None
            each.kill()
