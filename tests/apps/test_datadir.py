import os
import subprocess
import sys
from pathlib import Path

import pytest

from modelyard.apps import datadir
from modelyard.domain.errors import StartupError


def test_a_directory_is_made_for_its_owner_only(tmp_path: Path) -> None:
    owned = datadir.take(tmp_path / "new" / "data")
    assert owned.path.stat().st_mode & 0o777 == 0o700
    owned.release()


def test_an_owner_is_told_to_the_next_one(tmp_path: Path) -> None:
    owned = datadir.take(tmp_path)
    owned.announce("http://127.0.0.1:1")
    with pytest.raises(StartupError, match=f"process {os.getpid()} at http://127.0.0.1:1"):
        datadir.take(tmp_path)
    owned.release()
    datadir.take(tmp_path).release()


def test_the_end_of_a_process_frees_its_directory(tmp_path: Path) -> None:
    program = (
        "import sys, os, pathlib; from modelyard.apps import datadir;"
        "datadir.take(pathlib.Path(sys.argv[1])); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False).returncode == 9
    datadir.take(tmp_path).release()


def test_a_full_disk_is_noticed_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="is full"):
        datadir.take(tmp_path / "data", least_free=1 << 60)
    assert not (tmp_path / "data").exists()
