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
    """A folder with one model in each of: linear, tensor, bare, mixed, odd, broken, empty. Made once for a session."""
    target = Path(tempfile.mkdtemp(prefix="yard-models-"))
    atexit.register(shutil.rmtree, target, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "tests.support.make_models", str(target)], check=True, cwd=ROOT)
    return target
