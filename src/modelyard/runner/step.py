"""A fork that becomes a step: a program, or a function called as the SDK's own `executor_main` calls it."""

from __future__ import annotations

import argparse
import atexit
import importlib
import io
import json
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, NoReturn

from . import confine, marker, mounts

START = Path(__file__).with_name("start.py")
SOURCE = "ephemeral_component.py"
MODULES = ("kfp.dsl.executor_main", "kfp.components.executor_main")  # before SDK 2.1 it was there
NOT_STARTED = 127


def main(order: str) -> NoReturn:
    """For a step that a fork would not be the same to: we are its own interpreter, started by `become`."""
    told = json.loads(_content(int(order)))
    code = _call(told)
    marker.write(told["folder"], code)
    os._exit(code)


def become(folder: str, lifeline: int, log: int, order: int) -> NoReturn:
    """Never comes back: what is below us on the stack belongs to another process."""
    code = 1
    try:
        _leave_home(lifeline, log)
        told = json.loads(_content(os.dup(order)))
        if told["mounts"]:
            _show(folder, told["mounts"])
        confine.confine(folder, told["file_limit"])
        if told["argv"]:
            _replace(told["argv"], told["env"], lifeline)
        if told["fresh"]:
            os.set_inheritable(order, True)
            _replace([sys.executable, str(START), "step", str(order)], told["env"], lifeline)
        os.close(order)
        code = _call(told)
        marker.write(folder, code)
    except BaseException:  # noqa: BLE001 - whatever it is, the code of the zygote must not go on in the child
        traceback.print_exc()
    finally:
        os._exit(code)


def _show(folder: str, wanted: list[tuple[str, str, bool]]) -> None:
    try:
        mounts.show(folder, wanted)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"The volumes of the step cannot be mounted: {where}{error.strerror}", file=sys.stderr, flush=True)
        os._exit(NOT_STARTED)


def warm() -> None:
    """Has what the SDK computes once for all, such as regular expressions, computed before there are forks."""
    parser = argparse.ArgumentParser(description="warm")
    parser.add_argument("--input", type=str, required=True, help="warm")
    parser.parse_known_args(["--input", "{}"])
    json.dumps({"a": [1]}, indent=4)


def _leave_home(lifeline: int, log: int) -> None:
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    for descriptor in (null, log):
        os.close(descriptor)
    confine.tie(lifeline)


def _content(descriptor: int) -> bytes:
    """Of an order that several may read, since it is sent again when a zygote has died."""
    content = b""
    while part := os.pread(descriptor, 1 << 24, len(content)):
        content += part
    os.close(descriptor)
    return content


def _replace(argv: list[str], env: dict[str, str], lifeline: int) -> NoReturn:
    os.set_inheritable(lifeline, True)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores, and a program need not know
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(argv[0], argv, env)  # noqa: S606 - one may be part of it
    except OSError as error:
        print(f"{argv[0]} cannot be started: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(NOT_STARTED)


def _call(told: dict[str, Any]) -> int:
    """The exit code that a process of its own would have had."""
    _set_environment(told["env"])
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)  # so that a log can be followed
    path = os.path.abspath(SOURCE)
    with open(path, "w", encoding="utf-8") as file:
        file.write(told["source"])
    sys.path.insert(0, os.getcwd())
    try:
        module = _executor()
        sys.modules["__main__"] = module
        options = {
            "component_module_path": path,
            "executor_input": told["input"],
            "function_to_execute": told["function"],
        }
        sys.argv = [str(module.__file__), *(word for name, value in options.items() for word in (f"--{name}", value))]
        module.executor_main()
        code = 0
    except SystemExit as leaving:
        code = _code(leaving)
    except BaseException:  # noqa: BLE001 - as the interpreter itself does it
        traceback.print_exc()
        code = 1
    return _finish(code)


def _set_environment(env: dict[str, str]) -> None:
    """Only what differs from what the zygote has, for each variable that is written costs pages of its memory."""
    ours = os.environ  # noqa: TID251 - of this process, for the step
    for name in ours.keys() - env.keys():
        del ours[name]
    for name, value in env.items():
        if ours.get(name) != value:
            ours[name] = value


def _executor() -> Any:
    try:
        return importlib.import_module(MODULES[0])
    except ModuleNotFoundError as error:
        if error.name != MODULES[0]:
            raise
        return importlib.import_module(MODULES[1])


def _code(leaving: SystemExit) -> int:
    if leaving.code is None:
        return 0
    if isinstance(leaving.code, int):
        return leaving.code & 0xFF
    print(leaving.code, file=sys.stderr)
    return 1


def _finish(code: int) -> int:
    """What an interpreter does at its end, and a fork that leaves by `_exit` would not."""
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - waits for threads that are no daemons
    atexit._run_exitfuncs()  # noqa: SLF001
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return code or 120
    return code
