import sys

import pytest
from packaging.version import Version

from modelyard.domain.task_launch import PythonStep
from modelyard.executors.requirements import Requirements
from modelyard.executors.steps.environments import requirements

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
