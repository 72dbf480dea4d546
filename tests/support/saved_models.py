import atexit
import functools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


@functools.cache
def saved() -> Path:
    """A folder with a model under each of the names in make_models.py. Made once."""
    return _made("tests.support.make_models")


@functools.cache
def flavored() -> Path:
    """The same with models of many flavours: see flavored_models.py."""
    return _made("tests.support.flavored_models")


def _made(module: str) -> Path:
    target = Path(tempfile.mkdtemp(prefix="yard-models-"))
    atexit.register(shutil.rmtree, target, ignore_errors=True)
    subprocess.run([sys.executable, "-W", "ignore", "-m", module, str(target)], check=True, cwd=ROOT)
    return target
