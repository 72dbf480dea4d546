"""Rules of the house that no linter knows."""

import ast
import re
import sys
from pathlib import Path

import pytest

from tests.architecture import tree

LEFTOVERS = re.compile("|".join([r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bXX" + r"X\b", "NotImplemented" + "Error"]))
SETTINGS = tree.PACKAGE / "apps" / "settings.py"
# They set that of a model's or a step's own process, and read nothing.
SHIM = tree.PACKAGE / "serving" / "shim"
CHILDREN = {SHIM / "confine.py", SHIM / "program.py", tree.PACKAGE / "runner" / "step.py"}
PACKAGES = [path for path in tree.sources() if path.name == "__init__.py"]


@pytest.mark.parametrize("path", PACKAGES, ids=tree.shown)
def test_a_package_says_what_may_enter_and_holds_nothing_else(path: Path) -> None:
    module = tree.parse(path)
    docstring = ast.get_docstring(module) or ""
    if path.parent == tree.PACKAGE:
        assert docstring
        assert [ast.unparse(node).split(" = ")[0] for node in module.body[1:]] == ["__version__"]
        return
    assert "Enters:" in docstring
    assert "Stays out:" in docstring
    assert len(module.body) == 1, "a package's __init__ holds its docstring only"


def test_every_folder_of_the_package_is_a_package() -> None:
    folders = {path.parent for path in tree.sources()}
    assert {path.parent for path in PACKAGES} == folders


def test_every_function_says_what_it_returns() -> None:
    python = [path for path in tree.files() if path.suffix == ".py"]
    silent = [
        f"{tree.shown(path, node.lineno)} {node.name}"
        for path in python
        for node in tree.functions(path)
        if node.returns is None
    ]
    assert not silent


def public(body: list[ast.stmt], prefix: str = "") -> list[tuple[str, ast.ClassDef | tree.Function]]:
    """Public classes and functions of a module, and public methods of its public classes."""
    found: list[tuple[str, ast.ClassDef | tree.Function]] = []
    for node in body:
        if isinstance(node, ast.ClassDef | tree.Function) and not node.name.startswith("_"):
            found.append((prefix + node.name, node))
            if isinstance(node, ast.ClassDef):
                found += public(node.body, f"{node.name}.")
    return found


def undocumented(paths: list[Path], *, ports_only: bool = False) -> list[str]:
    names = [(path, name, node) for path in paths for name, node in public(tree.parse(path).body)]
    if ports_only:
        names = [(path, name, node) for path, name, node in names if is_port(node)]
    assert names
    return [f"{tree.shown(path, node.lineno)} {name}" for path, name, node in names if ast.get_docstring(node) is None]


def is_port(node: ast.stmt) -> bool:
    return isinstance(node, ast.ClassDef) and any(ast.unparse(base).split("[")[0] == "Protocol" for base in node.bases)


@pytest.mark.parametrize("layer", ["services", "sdk", "formats"])
def test_public_names_are_documented(layer: str) -> None:
    assert not undocumented(tree.sources(layer))


def test_ports_are_documented() -> None:
    assert not undocumented(tree.sources(), ports_only=True)


def test_nothing_is_left_over() -> None:
    found = [
        f"{tree.shown(path, number)}: {line.strip()}"
        for path, text in tree.texts()
        for number, line in enumerate(text.splitlines(), 1)
        if LEFTOVERS.search(line)
    ]
    assert not found, "finish it or leave it out"


def reads_environment(node: ast.AST) -> bool:
    names = {"environ", "environb", "getenv", "getenvb", "putenv"}
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id == "os" and node.attr in names
    return isinstance(node, ast.ImportFrom) and node.module == "os" and any(alias.name in names for alias in node.names)


def test_only_the_settings_read_the_environment() -> None:
    found = [
        tree.shown(path, getattr(node, "lineno", None))
        for path in tree.sources()
        if path not in {SETTINGS, *CHILDREN}
        for node in ast.walk(tree.parse(path))
        if reads_environment(node)
    ]
    assert not found, "take the value as an argument"


def imported(path: Path) -> set[str]:
    """Top-level names of what a file imports."""
    nodes = list(ast.walk(tree.parse(path)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("layer", ["kit", "domain", "services"])
def test_the_core_imports_the_standard_library_and_us(layer: str) -> None:
    allowed = sys.stdlib_module_names | {"modelyard"}
    foreign = {tree.shown(path): imported(path) - allowed for path in tree.sources(layer)}
    assert foreign
    assert not {path: names for path, names in foreign.items() if names}
