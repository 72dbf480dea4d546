"""The page of all commands, read off the command line itself."""

from collections.abc import Iterator
from enum import EnumType
from typing import Any

import typer.main

from modelyard.cli.root import app
from scripts.markdown import table

Described = Any  # a command or parameter of click's, of which typer carries a copy without a public name
SHOWS_ITSELF = "help"
ABOUT = """`modelyard`, or `yard` for short. `--help` after a command explains it; `--json` prints what it found for a
script.

A command talks to the server at `--url`, else at `MODELYARD_URL`, else at `MLFLOW_TRACKING_URI`, else at
`http://127.0.0.1:5000`. `modelyard --install-completion` teaches your shell the commands. What a command ends with, and
what it says when it cannot do its work: [errors and exit codes](errors.md)."""


def page(notice: str) -> str:
    """Markdown: a table of the commands, then a section for each."""
    group: Described = typer.main.get_command(app)
    commands = dict(_commands(group))
    summaries = [(f"[`{name}`](#{name.replace(' ', '-')})", _line(command.help)) for name, command in commands.items()]
    parts = ["# Command line", notice, ABOUT, table(("Command", "Does"), summaries)]
    for name, command in commands.items():
        parts += [f"## {name}", _line(command.help), f"```text\n{_usage(name, command)}\n```"]
        rows = [*_arguments(command), *_options(command)]
        parts += [table(("Argument or option", "Means", "Default"), rows)]
    return "\n\n".join(parts) + "\n"


def _commands(group: Described, before: str = "") -> Iterator[tuple[str, Described]]:
    """By full names, those of groups in the place of these."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def _usage(name: str, command: Described) -> str:
    needed = [_with_value(one) for one in command.params if one.required and not _is_argument(one)]
    arguments = [_shown(one) for one in command.params if _is_argument(one)]
    return " ".join(["modelyard", name, *arguments, *needed, "[OPTIONS]"])


def _arguments(command: Described) -> Iterator[tuple[str, str, str]]:
    for one in command.params:
        if _is_argument(one):
            yield f"`{_shown(one)}`", _line(one.help), ""


def _options(command: Described) -> Iterator[tuple[str, str, str]]:
    for one in command.params:
        if not _is_argument(one) and one.name != SHOWS_ITSELF:
            flags = ", ".join(f"`{flag}`" for flag in (*one.opts[1:], *one.secondary_opts))
            yield f"`{_with_value(one)}`{', ' if flags else ''}{flags}", _line(one.help), _default(one)


def _is_argument(parameter: Described) -> bool:
    return not parameter.opts[0].startswith("-")


def _shown(argument: Described) -> str:
    kind = argument.type_descriptor.annotation
    name = "|".join(kind) if isinstance(kind, EnumType) else str(argument.metavar)
    return (name if argument.required else f"[{name}]") + ("..." if argument.nargs == -1 else "")


def _with_value(option: Described) -> str:
    flag = str(option.opts[0])
    return flag if option.is_flag else f"{flag} {option.metavar or flag.lstrip('-').upper().replace('-', '_')}"


def _default(option: Described) -> str:
    if option.is_flag:
        return f"`{option.opts[0]}`" if option.default else ""
    if option.default in (None, ""):
        return ""
    return f"`{option.default:g}`" if isinstance(option.default, float) else f"`{option.default}`"


def _line(text: str) -> str:
    return " ".join(text.split())
