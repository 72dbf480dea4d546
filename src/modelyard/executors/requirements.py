"""What a model, or a step, says about the environment it needs."""

import hashlib
import json
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from modelyard.domain.errors import InvalidInput

SIZE_LIMIT = 1 << 20
_INCLUDE = re.compile(r"^(-r|-c|--requirement|--constraint)[ =]*(?P<path>.+)$")
_COMMENT = re.compile(r"(^|\s)#.*$")
_PYTHON = re.compile(r"^\d+(\.\d+){0,2}$")


@dataclass(frozen=True, slots=True)
class Requirements:
    """`python` is the wanted minor version, such as 3.11; the lines are requirements and constraints in pip's words.

    `bare` are installed without what they require themselves; `options` say where the installer looks.
    """

    python: str
    packages: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The same for two that can share an environment, and only for them."""
        facts: list[object] = [
            self.python,
            platform.system(),
            platform.machine(),
            platform.libc_ver(),
            self.packages,
            self.constraints,
        ]
        if self.bare or self.options:  # so that environments made before there were any keep their keys
            facts += [self.bare, self.options]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def read(model: Path) -> Requirements:
    """From `requirements.txt` and `python_env.yaml` of a model directory.

    Raises InvalidInput when there are none, or when they include files from outside the model.
    """
    packages: set[str] = set()
    constraints: set[str] = set()
    _collect(model, model / "requirements.txt", packages, constraints, depth=0)
    return Requirements(_python(model), tuple(sorted(packages)), tuple(sorted(constraints)))


def _collect(model: Path, file: Path, packages: set[str], into_constraints: set[str], depth: int) -> None:
    if depth > 5:
        raise InvalidInput("The model's requirements include each other more than 5 levels deep")
    for line in _lines(model, file):
        include = _INCLUDE.match(line)
        if include is None:
            packages.add(line)
            continue
        target = into_constraints if include[1] in {"-c", "--constraint"} else packages
        _collect(model, file.parent / include["path"].strip(), target, into_constraints, depth + 1)


def _lines(model: Path, file: Path) -> list[str]:
    if not file.resolve().is_relative_to(model.resolve()):
        raise InvalidInput(f"The model's requirements include {file.name}, which lies outside the model")
    try:
        if file.stat().st_size > SIZE_LIMIT:
            raise InvalidInput(f"The model's {file.name} is over {SIZE_LIMIT} bytes")
        text = file.read_text("utf-8-sig")
    except FileNotFoundError:
        message = f"The model has no {file.name}; save it with requirements, or deploy it with --env local"
        raise InvalidInput(message) from None
    except UnicodeDecodeError:
        raise InvalidInput(f"The model's {file.name} is not UTF-8") from None
    joined = re.sub(r"\\\r?\n", " ", text)
    stripped = (" ".join(_COMMENT.sub("", line).split()) for line in joined.splitlines())
    return [line for line in stripped if line]


def _python(model: Path) -> str:
    file = model / "python_env.yaml"
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    if not file.exists():
        return ours
    try:
        document = yaml.safe_load(file.read_bytes()[:SIZE_LIMIT])
    except yaml.YAMLError:
        raise InvalidInput("The model's python_env.yaml is not valid YAML") from None
    wanted = str(document.get("python", ours)) if isinstance(document, dict) else ours
    if not _PYTHON.match(wanted):
        raise InvalidInput(f"The model's python_env.yaml asks for Python '{wanted[:50]}', which is no version")
    return ".".join(wanted.split(".")[:2])
