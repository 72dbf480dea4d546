"""Starting the server, which is to be there soon and to stay small: what reads other commands is not loaded for it."""

import gc
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from modelyard.apps import kinds, settings

if TYPE_CHECKING:
    from modelyard.protocols.native.wire import Server

COMMAND = "up"


def plain_flags(words: Sequence[str]) -> settings.Flags | None:
    """What is set by the words of a command line that are nothing but settings of the server.

    None for everything else: help, mistakes and other commands are the business of the full command line.
    """
    if not words or words[0] != COMMAND:
        return None
    known = {setting.flag: setting for setting in settings.SERVER}
    flags: dict[str, settings.Flag] = {}
    waiting = iter(words[1:])
    for word in waiting:
        flag, equals, value = word.partition("=")
        setting = known.get(flag)
        if setting is None:
            return None
        if setting.kind is kinds.switch:
            if equals:
                return None
            flags[setting.name] = True
            continue
        text = value if equals else next(waiting, "-")
        if text.startswith("-"):
            return None
        flags[setting.name] = text
    return flags


def start(flags: settings.Flags) -> None:
    """Runs until stopped. Raises BadSetting before anything is done."""
    chosen = settings.load(flags, settings.environment())
    gc.disable()  # until the server has started: nothing that is imported is garbage
    from modelyard.apps import up as server

    server.run(chosen, lambda ready, notes: announce(ready, notes, json=chosen.log_format == "json"))


def announce(ready: "Server", notes: Mapping[str, str], *, json: bool) -> None:
    """Where the server is, how to look and connect, and what is worth knowing; one line of JSON if wanted."""
    if json:
        sys.stdout.buffer.write(msgspec.json.encode(ready) + b"\n")
        sys.stdout.flush()
        return
    grpc = f"  gRPC     {ready.grpc}\n" if ready.grpc else ""
    noted = "".join(f"  Note     {note}\n" for note in notes.values())
    bold, plain = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() else ("", "")
    sys.stdout.write(
        f"{bold}Modelyard {ready.version}{plain} is ready at {bold}{ready.url}{plain}\n"
        f"  Browser  {ready.url}/\n"
        f"  Data     {ready.data_dir}\n"
        f"  Connect  export MLFLOW_TRACKING_URI={ready.url}\n"
        f"{grpc}"
        f"{noted}"
        f"  API      {ready.url}/docs\n"
    )
    sys.stdout.flush()
