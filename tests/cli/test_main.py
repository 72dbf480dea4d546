"""The command line without a server."""

import json
import shlex
import socket
import subprocess
import sys

import pytest

import modelyard
from modelyard.apps.settings import BY_NAME, CLIENT, SERVER
from modelyard.cli import start
from modelyard.cli.root import app
from tests.support.command_line import run
from tests.support.server import clean_environment

COMMANDS = [command.name for command in app.registered_commands if command.name is not None]
HEAVY = ("mlflow", "numpy", "pandas", "sqlalchemy", "alembic", "uvicorn", "httpx", "obstore", "starlette")


def test_help_lists_every_command() -> None:
    ended = run("--help")
    assert ended.returncode == 0
    assert not [name for name in COMMANDS if name not in ended.stdout]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_speaks_json_where_it_answers(name: str) -> None:
    ended = run(name, "--help", env={"COLUMNS": "200"})
    assert ended.returncode == 0
    assert name in {"up", "transform"} or "--json" in ended.stdout


def test_every_setting_is_a_flag_of_up_and_its_variable_is_shown() -> None:
    shown = run("up", "--help", env={"COLUMNS": "250"}).stdout
    assert not [one.flag for one in SERVER if one.flag not in shown or one.env not in shown]


def test_asking_for_help_loads_nothing_heavy() -> None:
    program = f"import sys, modelyard.cli.root; print([name for name in {HEAVY!r} if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        (["up"], {}),
        (["up", "--port", "0", "--data-dir=x y"], {"port": "0", "data_dir": "x y"}),
        (["up", "--insecure-no-auth", "--host", "::"], {"insecure_no_auth": True, "host": "::"}),
    ],
)
def test_a_server_is_started_without_reading_other_commands(words: list[str], flags: dict[str, object]) -> None:
    assert start.plain_flags(words) == flags


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["version"],
        ["up", "--help"],
        ["up", "--port"],
        ["up", "--port", "--host"],
        ["up", "--fly"],
        ["up", "here"],
        ["up", "--insecure-no-auth=yes"],
        ["up", "--url", "http://x"],
    ],
)
def test_what_is_not_plainly_said_is_left_to_the_command_line(words: list[str]) -> None:
    assert start.plain_flags(words) is None


def test_a_server_loads_neither_the_command_line_nor_what_it_does_not_use() -> None:
    unused = ("typer", "rich", "pydantic", "alembic", "obstore", "httpx", "sqlalchemy.dialects.postgresql", "mlflow")
    program = (
        "import sys, modelyard.cli.main, modelyard.apps.up; "
        f"print([name for name in {unused!r} if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_no_command_shows_help_and_is_a_misuse() -> None:
    ended = run()
    assert ended.returncode == 2
    assert "deploy" in ended.stdout + ended.stderr


@pytest.mark.parametrize("arguments", [("fly",), ("up", "--fly"), ("predict",), ("demo", "chess")])
def test_what_cannot_be_understood_is_a_misuse(arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_the_version_is_told() -> None:
    assert run("version").stdout == f"modelyard {modelyard.__version__}\n"
    assert json.loads(run("version", "--json").stdout)["version"] == modelyard.__version__


def test_config_shows_what_is_in_effect_and_from_where() -> None:
    env = {"MODELYARD_PORT": "7000", "MLFLOW_TRACKING_URI": "http://127.0.0.1:7000"}
    shown = json.loads(run("config", "--json", env=env).stdout)
    assert shown.keys() == BY_NAME.keys()
    assert shown["port"] == {
        "value": 7000,
        "source": "environment",
        "origin": "MODELYARD_PORT",
        "flag": "--port",
        "env": "MODELYARD_PORT",
        "default": "5000",
    }
    assert shown["host"]["source"] == "default"
    assert (shown["url"]["value"], shown["url"]["origin"]) == ("http://127.0.0.1:7000", "MLFLOW_TRACKING_URI")
    assert "MODELYARD_PORT" in run("config", env=env).stdout


def test_a_bad_variable_is_named() -> None:
    ended = run("config", env={"MODELYARD_LOG_LEVEL": "loud"})
    assert ended.returncode == 2
    assert ended.stderr.startswith("Error: MODELYARD_LOG_LEVEL='loud' cannot be used")


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        ended = run("endpoints", "--url", url)
    assert ended.returncode == 1
    assert ended.stderr == f"Error: No server answers at {url}; is `modelyard up` running there?\n"


def test_completion_can_be_shown() -> None:
    """Which shell it is for is told from the process that asks."""
    asked = f"{shlex.quote(sys.executable)} -m modelyard --show-completion; exit $?"
    ended = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False, env=clean_environment())
    assert ended.returncode == 0, ended.stderr
    assert "complete" in ended.stdout


def test_the_url_is_the_only_setting_of_clients() -> None:
    assert [one.name for one in CLIENT] == ["url"]


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_the_configuration_shows_no_password(flags: tuple[str, ...]) -> None:
    shown = run(
        "config", *flags, env={"MODELYARD_DATABASE": "postgresql://me:s3cr3t@host/yard", "COLUMNS": "300"}
    ).stdout
    assert "postgresql://me:***@host/yard" in shown
    assert "s3cr3t" not in shown
