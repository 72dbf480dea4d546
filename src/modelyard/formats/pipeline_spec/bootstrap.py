"""The shell text that lightweight Python components start with, read back into what it is for.

`sh -c '<pip install ...> && "$0" "$@"' sh -ec '<write $0 to a file and call executor_main>' <source>`, as kfp 2.0 to
2.17 compile it, with or without packages of one's own, index URLs and a virtual environment.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field

from modelyard.domain.task_launch import PythonStep

_ARGUMENTS = ("--executor_input", "{{$}}", "--function_to_execute")
_RUN = re.compile(
    r'\s*program_path=\$\(mktemp -d\)\s+printf "%s" "\$0" > "\$program_path/ephemeral_component\.py"\s+'
    r"(?:_KFP_RUNTIME=true )?python3 -m kfp\.(?:v2\.)?(?:dsl|components)\.executor_main\s+--component_module_path\s+"
    r'"\$program_path/ephemeral_component\.py"\s+"\$@"\s*'
)
_ENSURE_PIP = re.compile(r"\s*if ! \[ -x \"\$\(command -v pip\)\" \]; then.*?\nfi\n", re.DOTALL)
_VENV = re.compile(
    r"(?:export )?PIP_DISABLE_PIP_VERSION_CHECK=1\s+tmp=\$\(mktemp -d\)\s+python3 -m venv \"\$tmp/venv\""
    r"(?: --system-site-packages)?\s+\. \"\$tmp/venv/bin/activate\"\s+"
)
_GO_ON = '"$0" "$@"'
_PIP = ["python3", "-m", "pip", "install"]
_NOTEBOOK = re.compile(r"^from nbclient import NotebookClient$", re.MULTILINE)
_JUPYTER = {"nbclient": "nbclient>=0.10,<1", "ipykernel": "ipykernel>=6"}
"""What runs a notebook: a component that installs only what is its own expects it in its image."""
_NAME = re.compile(r"[\w.-]*")
_FLAGS = frozenset({"--quiet", "--no-warn-script-location", "--no-deps", "--disable-pip-version-check"})


@dataclass(slots=True)
class _Wanted:
    packages: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)


def recognise(command: Sequence[str], args: Sequence[str]) -> PythonStep | None:
    """None when it is anything else, or does more than is known."""
    if len(args) != 4 or tuple(args[:3]) != _ARGUMENTS:
        return None
    wanted = _Wanted()
    match list(command):
        case ["sh", "-c", install, "sh", "-ec", run, source]:
            if not _installs(install, wanted):
                return None
        case ["sh", "-ec", run, source]:
            pass
        case _:
            return None
    if not _RUN.fullmatch(run):
        return None
    return PythonStep(
        source,
        function=args[3],
        packages=tuple(dict.fromkeys([*wanted.packages, *_of_image(source, wanted.packages)])),
        indexes=tuple(dict.fromkeys(wanted.indexes)),
        trusted_hosts=tuple(dict.fromkeys(wanted.hosts)),
    )


def _of_image(source: str, packages: Sequence[str]) -> Sequence[str]:
    if not _NOTEBOOK.search(source):
        return ()
    named = {match[0].lower() for match in map(_NAME.match, packages) if match}
    return [line for name, line in _JUPYTER.items() if name not in named]


def _installs(script: str, wanted: _Wanted) -> bool:
    """Whether it does nothing but install packages and go on; what it installs is noted."""
    script = _VENV.sub(" ", _ENSURE_PIP.sub("", script, count=1))
    *installs, last = [part.strip() for part in script.split("&&")]
    if last != _GO_ON:
        return False
    return all(_install(part, wanted) for part in installs if part)


def _install(part: str, wanted: _Wanted) -> bool:
    try:
        words = shlex.split(part)
    except ValueError:
        return False
    while words and words[0] == "PIP_DISABLE_PIP_VERSION_CHECK=1":
        words.pop(0)
    if words[:4] != _PIP:
        return False
    rest = iter(words[4:])
    for word in rest:
        if word in ("--index-url", "--extra-index-url", "-i"):
            wanted.indexes.append(next(rest, ""))
        elif word == "--trusted-host":
            wanted.hosts.append(next(rest, ""))
        elif word.startswith("-"):
            if word not in _FLAGS:
                return False
        else:
            wanted.packages.append(word)
    return True
