"""Writes docs/reference/http-api.md, settings.md, cli.md and ui/src/api/schema.ts from the code they are about.

`make reference` runs this; `--check` only says whether the pages are up to date.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import modelyard.protocols
from scripts import commands, ui_types
from scripts.markdown import table

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "reference"
TYPES = ROOT / "ui" / "src" / "api" / "schema.ts"
NOTICE = "<!-- Written by `make reference`. Edit the code it comes from. -->"


class RouteLike(Protocol):
    """What this script reads of a route."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def summary(self) -> str: ...


class SettingLike(Protocol):
    """What this script reads of a setting."""

    @property
    def name(self) -> str: ...
    @property
    def flag(self) -> str: ...
    @property
    def env(self) -> str: ...
    @property
    def default(self) -> object: ...
    @property
    def help(self) -> str: ...


def route_tables() -> dict[str, Sequence[RouteLike]]:
    """The ROUTES of every protocol that has a routes module, by the protocol's name."""
    return {name: importlib.import_module(f"modelyard.protocols.{name}.routes").ROUTES for name in protocols()}


def protocols() -> Iterator[str]:
    """Names of the packages in modelyard.protocols that have a routes module, in order."""
    for package in sorted(pkgutil.iter_modules(modelyard.protocols.__path__), key=lambda module: module.name):
        folder = Path(modelyard.protocols.__path__[0]) / package.name
        if (folder / "routes.py").exists():
            yield package.name


def settings() -> Sequence[SettingLike]:
    """Every setting of the server, in the order of its help."""
    declared: Sequence[SettingLike] = importlib.import_module("modelyard.apps.settings").SETTINGS
    return declared


def http_api(tables: Mapping[str, Sequence[RouteLike]]) -> str:
    """The page of all routes, by protocol."""
    parts = ["# HTTP API", NOTICE, "Every route of every protocol. The native API also describes itself at `/docs`."]
    for name, routes in tables.items():
        package = importlib.import_module(f"modelyard.protocols.{name}")
        about = (package.__doc__ or "").split("\n\n")[0]
        rows = [(f"`{route.method}`", f"`{route.path}`", route.summary) for route in routes]
        parts += [f"## {name}", about, table(("Method", "Path", "Does"), rows)]
    return "\n\n".join(parts) + "\n"


def settings_page(declared: Sequence[SettingLike]) -> str:
    """The page of all settings: flag, environment variable, default and meaning."""
    rows = [(f"`{one.flag}`", f"`{one.env}`", shown(one.default), one.help) for one in declared]
    about = "A flag wins over its variable, which wins over the default. `modelyard config` shows what is in effect."
    return "\n\n".join(["# Settings", NOTICE, about, table(("Flag", "Variable", "Default", "Means"), rows)]) + "\n"


def shown(default: object) -> str:
    return "" if default is None or default == "" else f"`{default}`"


def pages() -> dict[Path, str]:
    """What the generated pages should say."""
    return {
        PAGES / "http-api.md": http_api(route_tables()),
        PAGES / "settings.md": settings_page(settings()),
        PAGES / "cli.md": commands.page(NOTICE),
        TYPES: ui_types.module(),
    }


def main() -> int:
    """Write the pages, or with --check name those that are out of date."""
    stale = {path: text for path, text in pages().items() if not path.exists() or path.read_text() != text}
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path} is out of date: run `make reference`", file=sys.stderr)
        return 1 if stale else 0
    for path, text in stale.items():
        path.write_text(text)
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
