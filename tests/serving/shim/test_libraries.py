"""What is imported once for all replicas is compiled once for all servers."""

import os
import sys
import tempfile
from pathlib import Path

from modelyard.domain.serving_options import ServingOptions
from modelyard.executors.environments import Environment
from modelyard.executors.logs import CappedLog
from modelyard.executors.processes import LocalProcesses
from modelyard.executors.zygotes import Zygotes
from modelyard.serving import launch
from modelyard.serving.replica_client import ReplicaClient
from tests.support.replicas import plan, until_listening

SCRIPT = """
import a_neighbour

def predict(model, args):
    return a_neighbour.X
"""


async def test_libraries_are_kept_compiled_and_a_models_own_code_is_not(tmp_path: Path) -> None:
    site, model = tmp_path / "site", tmp_path / "model"
    for file, code in ((site / "a_library.py", ""), (model / "a_neighbour.py", "X = 1\n"), (model / "s.py", SCRIPT)):
        file.parent.mkdir(exist_ok=True)
        file.write_text(code)
    environment = {**launch.ENVIRONMENT, "PYTHONPATH": str(site)}
    zygotes = Zygotes(LocalProcesses(os.environ), launch.zygote_command, environment, tmp_path)
    with tempfile.TemporaryDirectory(prefix="yard-") as home:
        place = plan(model, Path(home), ServingOptions(script="s.py"))
        client = ReplicaClient(place.socket)
        try:
            order = launch.order(place, model)
            process = await zygotes.start(
                Environment(Path(sys.executable)),
                ["a_library", "not_there"],
                order,
                lambda: CappedLog(tmp_path / "log"),
            )
            await until_listening(process, client)
            assert [path.name.partition(".")[0] for path in site.rglob("*.pyc")] == ["a_library"]
            assert list(model.rglob("*.pyc")) == []
            await process.stop(0)
        finally:
            client.close()
            await zygotes.stop()
    assert "not_there was not imported" in (tmp_path / "zygotes.log").read_text()
