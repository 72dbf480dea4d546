"""The official clients, in an environment of their own: they need older packages than the server has.

Each program in tests/support/clients runs there, in a process of its own, because two of the clients cannot be imported
into one process.
"""

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[2]
PINNED = Path(__file__).with_suffix(".txt")
SECONDS = 900


@functools.cache
def python() -> Path:
    """The environment's interpreter. It is made once for what is pinned."""
    return environment(f"clients-{hashlib.sha256(PINNED.read_bytes()).hexdigest()[:16]}", "-r", str(PINNED))


def environment(name: str, *packages: str) -> Path:
    """The interpreter of an environment with these, which is made once and kept in the repository's cache."""
    home = ROOT / ".cache" / name
    if not home.exists():
        home.parent.mkdir(exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=home.parent))
        _uv("venv", "--quiet", "--relocatable", "--python", sys.executable, str(making / "made"))
        _uv("pip", "install", "--quiet", "--python", str(making / "made" / "bin" / "python"), *packages)
        try:
            (making / "made").rename(home)
        finally:
            shutil.rmtree(making)
    return home / "bin" / "python"


def _uv(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "uv", *arguments], check=True, env={**_index(), **os.environ})


def _index() -> dict[str, str]:
    """Whoever set pip up for a mirror means uv, too."""
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return {"UV_DEFAULT_INDEX": found} if found else {}


def answers(program: str, interpreter: Path | None = None, **asked: str) -> dict[str, Any]:
    """What each call of a program of tests/support/clients came to: its value under "ok", or an error's words."""
    path = Path(__file__).parent / "clients" / f"{program}.py"
    done = subprocess.run(
        [str(interpreter or python()), str(path)],
        input=msgspec.json.encode(asked),
        capture_output=True,
        check=False,
        timeout=SECONDS,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    decoded: dict[str, Any] = msgspec.json.decode(done.stdout)
    return decoded
