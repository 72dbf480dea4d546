import asyncio
import fcntl
import json
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
    with pytest.raises(InvalidInput, match=r"cannot be built: .*six==999.0"):
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


def kept(cache: Path) -> set[str]:
    """The versions of six that there are environments for."""
    return {
        json.loads(marker.read_bytes())["packages"][0].partition("==")[2]
        for marker in (cache / "environments").glob(f"*/{environments.MARKER}")
    }


class Using:
    """Environments of a cache that has room for none, one for each version of six."""

    def __init__(self, tmp_path: Path) -> None:
        self.cache = tmp_path / "cache"
        self._home = tmp_path
        self._maker = Environments(self.cache, os.environ, cap=1)

    async def six(self, version: str) -> Environment:
        return await self._maker.prepare(EnvironmentKind.UV, model(self._home, f"six=={version}\n"), silent)


async def test_the_longest_unused_environment_makes_room_and_never_one_in_use(tmp_path: Path) -> None:
    using = Using(tmp_path)
    first = await using.six("1.15.0")
    second = await using.six("1.16.0")
    assert kept(using.cache) == {"1.15.0", "1.16.0"}, "both are in use"
    del first
    third = await using.six("1.17.0")
    assert kept(using.cache) == {"1.16.0", "1.17.0"}
    assert await asyncio.to_thread(version_of_six, second) == b"1.16.0\n"
    assert third.lease is not None
    del second, third
    again = await using.six("1.16.0")
    assert kept(using.cache) == {"1.16.0"}, "what was asked for last stays, larger than the room or not"
    assert await asyncio.to_thread(version_of_six, again) == b"1.16.0\n"


async def test_what_another_server_uses_is_left_alone(tmp_path: Path) -> None:
    using = Using(tmp_path)
    marker = (await using.six("1.16.0")).python.parents[1] / environments.MARKER
    handle = os.open(marker, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)  # as its lease does
        await using.six("1.17.0")
        assert kept(using.cache) == {"1.16.0", "1.17.0"}
    finally:
        os.close(handle)


async def test_what_a_killed_server_left_half_removed_or_half_built_is_cleared_away(tmp_path: Path) -> None:
    using = Using(tmp_path)
    home = (await using.six("1.16.0")).python.parents[1]
    home.rename(home.with_name(f"{home.name}{environments.LEAVING}"))
    (home.with_name(f"{home.name}-half") / "venv").mkdir(parents=True)
    await using.six("1.16.0")
    left = sorted(path.name for path in (using.cache / "environments").iterdir())
    assert left == [home.name, f"{home.name}.lock"]
