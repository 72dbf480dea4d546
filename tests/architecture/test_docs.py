import re
from pathlib import Path

import pytest
import yaml

from scripts import reference
from tests.architecture import tree

DOCS = tree.ROOT / "docs"
PAGES = [path for path in tree.files() if path.suffix == ".md"]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)|(?:src|srcset|href)=\"([^\"#]+)(?:#[^\"]*)?\"")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    return (DOCS / "reference" / name).read_text()


def test_every_protocol_has_routes() -> None:
    tables = reference.route_tables()
    assert tables
    assert all(tables.values())


def test_every_route_is_documented() -> None:
    written = page("http-api.md")
    routes = [route for table in reference.route_tables().values() for route in table]
    missing = [f"{one.method} {one.path}" for one in routes if f"| `{one.method}` | `{one.path}` |" not in written]
    assert not missing, "run `make reference`"


def test_every_route_says_what_it_does() -> None:
    routes = [route for table in reference.route_tables().values() for route in table]
    assert not [f"{route.method} {route.path}" for route in routes if not route.summary]


def test_every_setting_is_documented() -> None:
    written = page("settings.md")
    declared = reference.settings()
    assert declared
    missing = [one.name for one in declared if f"`{one.flag}`" not in written or f"`{one.env}`" not in written]
    assert not missing, "run `make reference`"


def test_the_generated_pages_are_up_to_date() -> None:
    stale = [tree.shown(path) for path, text in reference.pages().items() if path.read_text() != text]
    assert not stale, "run `make reference`"


@pytest.mark.parametrize("path", PAGES, ids=tree.shown)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    prose = FENCE.sub("", path.read_text())
    targets = [first or second for first, second in LINK.findall(prose)]
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert not [target for target in local if not (path.parent / target).exists()]


def listed(entry: object) -> list[str]:
    """The pages in a part of mkdocs.yml's nav."""
    if isinstance(entry, str):
        return [entry]
    if isinstance(entry, dict):
        return [name for value in entry.values() for name in listed(value)]
    assert isinstance(entry, list)
    return [name for value in entry for name in listed(value)]


def test_every_page_is_in_the_navigation() -> None:
    navigation = yaml.safe_load((tree.ROOT / "mkdocs.yml").read_text())["nav"]
    written = {path.relative_to(DOCS).as_posix() for path in PAGES if path.is_relative_to(DOCS)}
    assert set(listed(navigation)) == written


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (DOCS / "decisions").glob("*.md") if path.name != "index.md")
    assert names
    assert [name[:5] for name in names] == [f"{number:04}-" for number in range(1, len(names) + 1)]


def test_every_decision_is_listed_and_has_its_parts() -> None:
    index = (DOCS / "decisions" / "index.md").read_text()
    for path in (DOCS / "decisions").glob("0*.md"):
        text = path.read_text()
        assert f"]({path.name})" in index
        assert all(f"\n## {part}\n" in text for part in ("Context", "Choice", "Consequences")), path.name
