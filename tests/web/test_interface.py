"""The web interface's own tests, and what it and the server must agree on."""

import re
import subprocess

import pytest

from modelyard.protocols.web.routes import PAGES
from tests.architecture.tree import ROOT

ROUTE = re.compile(r'\bat\("([^"]+)"\)')


def test_its_own_tests_pass() -> None:
    if not (ROOT / "ui" / "node_modules" / ".installed").exists():
        pytest.skip("What the web interface is built of is not installed: `make ui` does it")
    ended = subprocess.run([ROOT / "scripts" / "ui", "test"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-10_000:] + ended.stderr[-2_000:]


def test_the_server_knows_every_address_of_the_interface() -> None:
    router = (ROOT / "ui" / "src" / "app" / "router.tsx").read_text()
    addresses = {re.sub(r"\$(\w+)", r"{\1}", path) for path in ROUTE.findall(router)}
    assert addresses == {"/", *PAGES}
