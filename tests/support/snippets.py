"""The code that a page of the interface shows for itself, run as a person would run it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from playwright.sync_api import expect

from tests.support.browser import Visit

SECONDS = 600


def snippets(visit: Visit, address: str) -> Mapping[str, str]:
    """By the language, after a press on Code."""
    page = visit.go(address)
    page.get_by_role("button", name="Code", exact=True).click()
    languages = page.get_by_role("tablist", name="Language").get_by_role("tab")
    expect(languages.first).to_be_visible()
    found = {}
    for language in languages.all_inner_texts():
        languages.filter(has_text=language).first.click()
        found[language] = page.get_by_role("region", name=language, exact=True).inner_text()
    return found


def run_shell(text: str) -> str:
    """What a shell answers that stops at the first command to fail."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    told = text.replace("curl ", "curl --fail --silent --show-error ")
    return _ended(["bash", "-ec", told], {**os.environ, "PATH": path})


def run_python(texts: Sequence[str]) -> str:
    """What one interpreter prints that runs them all, each for itself."""
    text = "\n".join(f"exec(compile({text!r}, 'snippet', 'exec'), {{}})" for text in texts)
    return _ended([sys.executable, "-W", "ignore", "-c", text], dict(os.environ))


def _ended(command: Sequence[str], environment: Mapping[str, str]) -> str:
    with tempfile.TemporaryDirectory() as folder:  # some download what there is
        done = subprocess.run(
            command, cwd=folder, env=dict(environment), capture_output=True, text=True, timeout=SECONDS, check=False
        )
    assert done.returncode == 0, f"{command[-1]}\n{done.stderr[-2000:]}"
    return done.stdout
