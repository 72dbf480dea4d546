"""The repository as the architecture tests see it: its files, and the functions and classes in them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "modelyard"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _ignored() -> set[str]:
    lines = (ROOT / ".gitignore").read_text().splitlines()
    return {line.rstrip("/") for line in lines if line.endswith("/")} | {".git"}


@cache
def files() -> tuple[Path, ...]:
    """Every file of the repository that git does not ignore."""
    ignored = _ignored()
    return tuple(sorted(_walk(ROOT, ignored)))


def _walk(folder: Path, ignored: set[str]) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in ignored or path.name.endswith(".egg-info"):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path, ignored)
        else:
            yield path


def texts() -> Iterator[tuple[Path, str]]:
    """Every file that is text, with its content."""
    for path in files():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def sources(*layers: str) -> list[Path]:
    """The package's Python files; of some layers only, when they are named."""
    found = [path for path in files() if path.suffix == ".py" and path.is_relative_to(PACKAGE)]
    if not layers:
        return found
    return [path for path in found if path.relative_to(PACKAGE).parts[0] in layers]


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def transcribed(path: Path) -> bool:
    """Whether a file is as long as what it is copied from: a specification's types, a migration's tables."""
    return path.name == "wire.py" or "versions" in path.parts


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(parse(path)) if isinstance(node, Function))


def length(node: Function) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def shown(path: Path, line: int | None = None) -> str:
    """The place as an editor opens it."""
    name = path.relative_to(ROOT).as_posix()
    return name if line is None else f"{name}:{line}"
