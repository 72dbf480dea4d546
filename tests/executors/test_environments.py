import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.executors import environments
from modelyard.executors.environments import Environment, EnvironmentKind, Environments


@pytest.fixture
def maker(tmp_path: Path) -> Environments:
    return Environments(tmp_path / "cache", os.environ)


def model(tmp_path: Path, requirements: str) -> Path:
    home = tmp_path / "model"
    home.mkdir(exist_ok=True)
    (home / "requirements.txt").write_text(requirements)
    return home


def silent(_: str) -> None:
    pass


def version_of_six(environment: Environment) -> bytes:
    return subprocess.check_output([environment.python, "-c", "import six; print(six.__version__)"])


async def test_local_is_the_servers_own_python(maker: Environments, tmp_path: Path) -> None:
    assert await maker.prepare(EnvironmentKind.LOCAL, tmp_path, silent) == Environment(Path(sys.executable))


async def test_an_environment_is_built_once_for_all_who_ask_for_it(maker: Environments, tmp_path: Path) -> None:
    home = model(tmp_path, "six==1.17.0\n")
    lines: list[str] = []
    several = [maker.prepare(EnvironmentKind.UV, home, lines.append) for _ in range(3)]
    first, *others = await asyncio.gather(*several)
    assert set(others) == {first}
    assert lines.count("Installing 1 requirements") == 1
    assert "Waiting for another build of the same environment" in lines
    assert await asyncio.to_thread(version_of_six, first) == b"1.17.0\n"
    lines.clear()
    assert await maker.prepare(EnvironmentKind.UV, home, lines.append) == first
    assert lines == []


async def test_a_failed_build_tells_the_resolvers_words_and_leaves_nothing(maker: Environments, tmp_path: Path) -> None:
    home = model(tmp_path, "six==999.0\n")
    with pytest.raises(InvalidInput, match=r"cannot be built(.|\n)*six==999.0"):
        await maker.prepare(EnvironmentKind.UV, home, silent)
    left = {path.suffix for path in (tmp_path / "cache" / "environments").iterdir()}
    assert left == {".lock"}


async def test_a_half_built_environment_is_built_again(maker: Environments, tmp_path: Path) -> None:
    home = model(tmp_path, "six==1.17.0\n")
    built = await maker.prepare(EnvironmentKind.UV, home, silent)
    marker = built.python.parents[1] / environments.MARKER
    marker.unlink()
    assert await maker.prepare(EnvironmentKind.UV, home, silent) == built
    assert marker.exists()


async def test_a_build_that_is_given_up_stops_its_installer(maker: Environments, tmp_path: Path) -> None:
    home = model(tmp_path, "six==1.17.0\n")
    started = asyncio.Event()
    build = asyncio.create_task(maker.prepare(EnvironmentKind.UV, home, lambda _: started.set()))
    await started.wait()
    build.cancel()
    with pytest.raises(asyncio.CancelledError):
        await build
    left = {path.suffix for path in (tmp_path / "cache" / "environments").iterdir()}
    assert left == {".lock"}
