import os
import sys
from pathlib import Path

import pytest
from packaging.version import Version

from modelyard.domain.errors import InvalidInput
from modelyard.domain.task_launch import PythonStep
from modelyard.executors.environments import Environments
from modelyard.executors.requirements import Requirements
from modelyard.executors.steps.environments import StepEnvironments, requirements

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
OURS = Version("2.17.0")


def asks(*packages: str) -> PythonStep:
    return PythonStep("", "f", packages)


@pytest.mark.parametrize(
    "packages",
    [
        (),
        ("kfp==2.9.0", "typing-extensions>=3.7.4,<5"),
        ("kfp==2.0.1",),
        ("kfp==2.17.0",),
        ("kfp>=2.5,<3",),
        ("pyyaml", "PyYAML>=6"),
        ("uvicorn==0.0.1; python_version < '3'",),
    ],
)
def test_the_servers_own_environment_is_enough_for_what_it_has(packages: tuple[str, ...]) -> None:
    assert requirements(asks(*packages), OURS) is None


@pytest.mark.parametrize(
    ("packages", "bare", "others"),
    [
        (("kfp==2.9.0", "pyyaml==0.1"), ("kfp==2.17.0",), ("pyyaml==0.1",)),
        (("kfp==2.18.0",), ("kfp==2.18.0",), ()),
        (("kfp==3.0.0",), ("kfp==3.0.0",), ()),
        (("kfp==2.9.0", "b", "a"), ("kfp==2.17.0",), ("a", "b")),
        (("kfp==2.9.0", "git+https://example.com/a.git"), ("kfp==2.17.0",), ("git+https://example.com/a.git",)),
        (("httpx[no-such-extra]", "rich[jupyter]"), ("kfp==2.17.0",), ("httpx[no-such-extra]", "rich[jupyter]")),
    ],
)
def test_for_the_rest_one_is_built_around_the_servers_sdk(
    packages: tuple[str, ...], bare: tuple[str, ...], others: tuple[str, ...]
) -> None:
    assert requirements(asks(*packages), OURS) == Requirements(PYTHON, others, bare=bare)


@pytest.mark.parametrize(
    ("packages", "bare", "others"),
    [
        (("kfp==2.9.0",), ("kfp==2.9.0",), ()),
        (("kfp==2.0.1",), (), ("kfp==2.0.1",)),
        ((), ("kfp>=2.1,<3",), ()),
    ],
)
def test_without_an_sdk_of_the_server_a_component_gets_the_one_it_was_compiled_with(
    packages: tuple[str, ...], bare: tuple[str, ...], others: tuple[str, ...]
) -> None:
    assert requirements(asks(*packages), None) == Requirements(PYTHON, others, bare=bare)


def test_the_servers_own_environment_can_be_kept_for_itself() -> None:
    assert requirements(asks("kfp==2.9.0"), OURS, own_first=False) == Requirements(PYTHON, (), bare=("kfp==2.17.0",))


def test_indexes_and_hosts_are_passed_and_tell_environments_apart() -> None:
    plain = PythonStep("", "f", ("a",))
    told = PythonStep("", "f", ("a",), ("https://one.example", "https://two.example"), ("one.example",))
    first, second = requirements(plain, OURS), requirements(told, OURS)
    assert first is not None
    assert second is not None
    indexes = ("--index-url", "https://one.example", "--extra-index-url", "https://two.example")
    assert second.options == (*indexes, "--allow-insecure-host", "one.example")
    assert first.key != second.key


async def test_what_is_installed_while_the_server_runs_counts_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    environments = StepEnvironments(Environments(tmp_path / "cache", os.environ))
    with pytest.raises(InvalidInput, match=r"cannot be built: .*made-up-package"):
        await environments.prepare(asks("made-up-package==1.0"), print)
    facts = site / "made_up_package-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up-package\nVersion: 1.0\n")
    assert await environments.prepare(asks("made-up-package==1.0"), print) is environments.own
