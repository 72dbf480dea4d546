"""The README's tour and the first tutorial, followed as a reader would follow them."""

import doctest
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.architecture import tree
from tests.support.server import clean_environment

FENCE = re.compile(r'^```(?P<kind>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL)
ADDRESS = "127.0.0.1:5000"
START = "modelyard up\n"
ACTIVATE = "source .venv/bin/activate\n"
LAST_LINE_OF_START = "/docs"
STOP_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Block:
    """`sh` is to be typed, `text` is what was seen then, and what has a title is to be saved under that name."""

    kind: str
    title: str | None
    text: str


@dataclass(slots=True)
class Reader:
    """Types into a terminal; `address` is where the server is instead of the page's port, which may be taken."""

    directory: Path
    address: str = ""
    exported: list[str] = field(default_factory=list)
    seen: str = ""

    def follow(self, block: Block) -> None:
        if block.title is not None:
            (self.directory / block.title).write_text(block.text)
        elif block.kind == "sh":
            self.seen = self.type(block.text.replace(ADDRESS, self.address)).replace(self.address, ADDRESS)
        else:
            assert_seen(block.text, self.seen)

    def type(self, commands: str) -> str:
        script = "\n".join(["set -euo pipefail", *self.exported, commands])
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.directory, env=environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
        self.exported += [line for line in commands.splitlines() if line.startswith("export ")]
        return done.stdout


def environment() -> dict[str, str]:
    """That of an activated environment, on ports that are free."""
    clean = clean_environment({"MODELYARD_PORT": "0", "MODELYARD_GRPC_PORT": "0"})
    return clean | {"PATH": f"{Path(sys.executable).parent}:{clean['PATH']}"}


def assert_seen(promised: str, seen: str) -> None:
    """Spaces may differ, and `...` stands for anything."""
    same = doctest.OutputChecker().check_output(promised, seen, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert same, f"promised:\n{promised}\nseen:\n{seen}"


@contextmanager
def started(reader: Reader) -> Iterator[None]:
    """`modelyard up` in a terminal of its own, ended by Ctrl-C."""
    with (reader.directory / "server.log").open("wb") as log:
        server = subprocess.Popen(
            START.split(), cwd=reader.directory, env=environment(), stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        reader.seen = shown_at_start(server)
        found = re.search(r"127\.0\.0\.1:\d+", reader.seen)
        assert found, (reader.directory / "server.log").read_text()
        reader.address = found[0]
        reader.seen = reader.seen.replace(reader.address, ADDRESS)
        yield
        server.send_signal(signal.SIGINT)
        assert server.wait(STOP_SECONDS) == 0
    finally:
        server.kill()
        server.communicate()


def shown_at_start(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    lines = []
    for line in server.stdout:
        lines.append(line)
        if line.rstrip().endswith(LAST_LINE_OF_START):
            break
    return "".join(lines)


def follow(blocks: Sequence[Block], directory: Path) -> None:
    reader = Reader(directory)
    start = next(number for number, block in enumerate(blocks) if block.text == START)
    with started(reader):
        for block in blocks[start + 1 :]:
            reader.follow(block)


def blocks_of(page: str, heading: str = "# ") -> list[Block]:
    """From a heading to the next of its level; making an environment is left out, the tests are in one."""
    told = (tree.ROOT / page).read_text()
    part = told[told.index(heading) :]
    level = heading.partition(" ")[0]
    part = re.split(rf"^{level} ", part.removeprefix(level), maxsplit=2, flags=re.MULTILINE)[0]
    return [Block(one["kind"], one["title"], one["text"].replace(ACTIVATE, "")) for one in FENCE.finditer(part)]


@pytest.mark.parametrize(
    ("page", "heading"), [("README.md", "## Five-minute tour"), ("docs/tutorial/first-model.md", "# Your first model")]
)
def test_what_a_page_says_is_what_happens(page: str, heading: str, tmp_path: Path) -> None:
    follow(blocks_of(page, heading), tmp_path)


def test_a_page_that_promises_something_else_is_found_out(tmp_path: Path) -> None:
    reader = Reader(tmp_path, address=ADDRESS)
    reader.follow(Block("sh", None, "export WORD=yes; echo one $WORD\n"))
    reader.follow(Block("text", None, "one ...\n"))
    with pytest.raises(AssertionError, match="promised"):
        reader.follow(Block("text", None, "one no\n"))
    with pytest.raises(AssertionError, match="exit 3"):
        reader.follow(Block("sh", None, "exit 3\n"))
