from pathlib import Path

import pytest

from modelyard.apps import settings
from modelyard.apps.kinds import LogFormat, LogLevel
from modelyard.apps.settings import SETTINGS, BadSetting, Source


def test_a_flag_wins_over_its_variable_which_wins_over_the_default() -> None:
    assert settings.load({}, {}).port == 5000
    assert settings.load({}, {"MODELYARD_PORT": "6000"}).port == 6000
    assert settings.load({"port": "7000"}, {"MODELYARD_PORT": "6000"}).port == 7000


def test_every_value_knows_where_it_came_from() -> None:
    found = {one.setting.name: one for one in settings.resolve({"host": "::1"}, {"MODELYARD_PORT": "6000"})}
    assert (found["host"].source, found["host"].origin) == (Source.FLAG, "--host")
    assert (found["port"].source, found["port"].origin) == (Source.ENVIRONMENT, "MODELYARD_PORT")
    assert (found["log_level"].source, found["log_level"].origin) == (Source.DEFAULT, "")


def test_names_flags_and_variables_mirror_each_other() -> None:
    for one in SETTINGS:
        assert one.flag == f"--{one.name.replace('_', '-')}"
        assert one.env == f"MODELYARD_{one.name.upper()}"


def test_values_are_what_the_server_needs() -> None:
    env = {
        "MODELYARD_DATA_DIR": "data",
        "MODELYARD_ALLOWED_HOSTS": "one.example, two.example,",
        "MODELYARD_INSECURE_NO_AUTH": "yes",
        "MODELYARD_LOG_FORMAT": "JSON",
        "MODELYARD_LOG_LEVEL": "warning",
        "MODELYARD_MAX_ARTIFACT_SIZE": "5 MB",
        "MODELYARD_SHUTDOWN_GRACE": "2.5",
    }
    loaded = settings.load({}, env)
    assert loaded.data_dir == Path.cwd() / "data"
    assert loaded.allowed_hosts == ("one.example", "two.example")
    assert loaded.insecure_no_auth is True
    assert (loaded.log_format, loaded.log_level) == (LogFormat.JSON, LogLevel.WARNING)
    assert loaded.max_artifact_size == 5_000_000
    assert loaded.shutdown_grace == 2.5


def test_a_flag_that_is_off_leaves_the_variable_alone() -> None:
    assert settings.load({"insecure_no_auth": False}, {"MODELYARD_INSECURE_NO_AUTH": "1"}).insecure_no_auth is True


def test_an_empty_variable_counts_as_none() -> None:
    assert settings.load({}, {"MODELYARD_PORT": ""}).port == 5000


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("port", "http", "port number"),
        ("port", "65536", "port number"),
        ("port", "-1", "port number"),
        ("data_dir", "", "path"),
        ("insecure_no_auth", "perhaps", "true or false"),
        ("log_format", "xml", "human, json"),
        ("max_artifact_size", "much", "500MB"),
        ("shutdown_grace", "nan", "seconds"),
        ("shutdown_grace", "-1", "seconds"),
        ("url", "localhost:5000", "http://"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_key(name: str, text: str, said: str) -> None:
    with pytest.raises(BadSetting, match=said) as raised:
        settings.resolve({name: text}, {})
    assert raised.value.message.startswith(f"--{name.replace('_', '-')}={text!r} ")


def test_commands_talk_to_the_server_that_mlflow_talks_to() -> None:
    mlflows = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:5001/"}
    assert settings.server_url(None, {}) == "http://127.0.0.1:5000"
    assert settings.server_url(None, mlflows) == "http://127.0.0.1:5001"
    assert settings.server_url(None, mlflows | {"MODELYARD_URL": "https://yard.example"}) == "https://yard.example"
    assert settings.server_url("http://127.0.0.1:5002", mlflows) == "http://127.0.0.1:5002"


def test_a_tracking_uri_that_is_no_server_is_left_to_mlflow() -> None:
    assert settings.server_url(None, {"MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"}) == "http://127.0.0.1:5000"
