"""Nothing in the repository ties it to one machine, one index or one workplace."""

import re
import tomllib

from tests.architecture import tree

# The names are put together here so that this file does not hold them itself.
REGISTRIES = re.compile("py" + r"pi\.org|python" + r"hosted|npm" + r"js\.(org|com)|deb" + r"\.debian")
MACHINE_PATHS = re.compile(r"(?<![\w.~}])/(wo" + r"rk|ro" + r"ot|ho" + r"me|Us" + r"ers)/\w")
SIBLING_FOLDERS = re.compile(r"\.\./" + "shared")
CI = tree.ROOT / ".ci"


def places(pattern: re.Pattern[str], *, also_in_ci: bool = True) -> list[str]:
    return [
        f"{tree.shown(path, number)}: {line.strip()}"
        for path, text in tree.texts()
        if also_in_ci or not path.is_relative_to(CI)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_package_registry() -> None:
    assert not places(REGISTRIES)


def test_no_file_holds_a_path_of_one_machine() -> None:
    assert not places(MACHINE_PATHS)


def test_only_ci_knows_what_lies_beside_the_repository() -> None:
    assert not places(SIBLING_FOLDERS, also_in_ci=False)


def test_the_lock_pins_everything_without_an_index() -> None:
    lines = (tree.ROOT / "requirements.lock").read_text().splitlines()
    loose = [line for line in lines if not re.match(r"^[a-z0-9-]+==[\w.+!-]+( ; .+)?$", line)]
    assert not loose


def test_every_direct_dependency_is_in_the_lock() -> None:
    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text())
    extras, groups = project["project"]["optional-dependencies"], project["dependency-groups"]
    lists = [project["project"]["dependencies"], *extras.values(), *groups.values()]
    names = {re.split(r"[\[<>=!~ ;]", one)[0].lower() for wanted in lists for one in wanted}
    names -= {"modelyard", "torch"}  # which scripts/environment pins
    locked = {line.split("==")[0] for line in (tree.ROOT / "requirements.lock").read_text().splitlines()}
    assert names
    assert names <= locked, "run `make lock`"


def test_the_version_is_the_newest_in_the_changelog() -> None:
    init = (tree.PACKAGE / "__init__.py").read_text()
    version = re.search(r'^__version__ = "(.+)"$', init, re.MULTILINE)
    newest = re.search(r"^## \[(\d[^\]]*)\]", (tree.ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert version
    assert newest
    assert version[1] == newest[1]
