"""The one reader of the environment. A flag wins over its variable, which wins over the default."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from modelyard.apps import kinds
from modelyard.apps.kinds import FinalStatus, LogFormat, LogLevel, PresignedUrls, RequestLog, RpcPort
from modelyard.domain.errors import InvalidInput

Flag = str | bool | None
Flags = Mapping[str, Flag]
"""What was given on the command line, by setting name; None and False mean that it was not given."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be set. `kind` makes its value from text, or raises ValueError saying what it should be."""

    name: str
    flag: str
    env: str
    default: str
    help: str
    kind: Callable[[str], object] = kinds.text


def _setting(name: str, default: str, help_: str, kind: Callable[[str], object] = kinds.text) -> Setting:
    return Setting(name, "--" + name.replace("_", "-"), f"MODELYARD_{name.upper()}", default, help_, kind)


SERVER: Sequence[Setting] = (
    _setting("host", "127.0.0.1", "Address to listen on; any but this machine's own needs --insecure-no-auth"),
    _setting("port", "5000", "Port to listen on; 0 picks a free one", kinds.port),
    _setting("grpc_port", RpcPort.AUTO, "Port for gRPC; auto: 5001 if free; 0 picks a free one; off", kinds.rpc_port),
    _setting("data_dir", "./modelyard-data", "Where everything is kept that is not kept elsewhere", kinds.path),
    _setting("database", "", "sqlite:///path or postgresql://user@host/name; empty: SQLite in the data directory"),
    _setting("artifacts", "", "Directory or s3://, gs://, az:// URL of artifacts; empty: in the data directory"),
    _setting(
        "presigned_urls",
        PresignedUrls.AUTO,
        "auto: clients that can exchange files with an s3:// store themselves; off: all files go through the server",
        kinds.choice(PresignedUrls),
    ),
    _setting(
        "migrate_without_backup",
        "false",
        "Bring the database of an older version up to date without keeping a copy of it as it was",
        kinds.switch,
    ),
    _setting("allowed_hosts", "", "Further names to answer to, separated by commas; * for any", kinds.words),
    _setting("allowed_origins", "", "Web origins whose pages may call, separated by commas", kinds.words),
    _setting("insecure_no_auth", "false", "Let everybody who reaches the server do everything", kinds.switch),
    _setting(
        "allow_private_webhooks",
        "false",
        "Let webhooks use http and addresses of this machine and its networks; else MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS",
        kinds.switch,
    ),
    _setting(
        "traceable",
        "false",
        "Let debuggers and profilers of the same user look into the server, and so models and steps, too",
        kinds.switch,
    ),
    _setting(
        "isolate_models",
        "false",
        "Give the processes of models no network, where the machine allows user namespaces; transformers keep theirs",
        kinds.switch,
    ),
    _setting("log_format", LogFormat.HUMAN, "human or json", kinds.choice(LogFormat)),
    _setting("log_level", LogLevel.INFO, "debug, info, warning or error", kinds.choice(LogLevel)),
    _setting(
        "log_requests",
        RequestLog.AUTO,
        "all, none, or auto: all of them in json, else those that failed or took 10 s",
        kinds.choice(RequestLog),
    ),
    _setting("max_artifact_size", "100GB", "Largest file to take, such as 500MB", kinds.size),
    _setting(
        "serving_memory",
        "50%",
        "What models may use together, such as 8GB or a part of the machine's; 0 for any amount",
        kinds.memory,
    ),
    _setting("max_prediction_size", "16MB", "Largest prediction request to take, such as 64MB", kinds.size),
    _setting("max_prediction_rows", "100000", "Most rows of a prediction request; 0 for any number", kinds.number),
    _setting("model_roots", "", "Directories of this machine whose models may be served, by commas", kinds.paths),
    _setting("step_cpus", "0", "Cores that steps of pipelines may use together; 0 for all", kinds.cpus),
    _setting(
        "step_memory",
        "80%",
        "Memory that steps may ask for together, such as 8GB or a part of the machine's",
        kinds.memory,
    ),
    _setting("step_gpus", "", "Devices for steps that ask for one, as in CUDA_VISIBLE_DEVICES: 0,1", kinds.words),
    _setting("cache_expiry", "0", "Days for which outputs of steps may be taken again; 0 for no end", kinds.days),
    _setting(
        "final_status",
        FinalStatus.SUCCEEDED,
        "succeeded as the kfp SDK documents it, or complete as KFP's backend says it: state of a task that succeeded",
        kinds.choice(FinalStatus),
    ),
    _setting(
        "terminated_as_failed",
        "false",
        "Tell kfp clients that a run which was terminated has failed, since they wait for ever for a canceled one",
        kinds.switch,
    ),
    _setting("shutdown_grace", "30", "Seconds that running requests get to finish at the end", kinds.seconds),
)
CLIENT: Sequence[Setting] = (
    _setting("url", "http://127.0.0.1:5000", "The server that commands talk to; else MLFLOW_TRACKING_URI", kinds.url),
)
SETTINGS: Sequence[Setting] = (*SERVER, *CLIENT)
BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}
_MLFLOW: Mapping[str, Sequence[str]] = {
    "url": ("MLFLOW_TRACKING_URI",),
    "allow_private_webhooks": ("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS",),
}
"""MLflow's variables of the same meaning: who has set one should not need a second one."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What `modelyard up` runs with."""

    host: str
    port: int
    grpc_port: int | RpcPort
    data_dir: Path
    database: str
    artifacts: str
    presigned_urls: PresignedUrls
    migrate_without_backup: bool
    allowed_hosts: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    insecure_no_auth: bool
    allow_private_webhooks: bool
    traceable: bool
    isolate_models: bool
    log_format: LogFormat
    log_level: LogLevel
    log_requests: RequestLog
    max_artifact_size: int
    serving_memory: int
    max_prediction_size: int
    max_prediction_rows: int
    model_roots: tuple[Path, ...]
    step_cpus: float
    step_memory: int
    step_gpus: tuple[str, ...]
    cache_expiry: float
    final_status: FinalStatus
    terminated_as_failed: bool
    shutdown_grace: float


class BadSetting(InvalidInput):
    """A flag or variable has a value that it cannot have."""


class Source(StrEnum):
    FLAG = "flag"
    ENVIRONMENT = "environment"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Value:
    """A setting in effect; `origin` is the flag or variable it came from, empty for the default."""

    setting: Setting
    value: Any  # what its kind made of the text
    source: Source
    origin: str = ""


def without_password(url: str) -> str:
    """Shown to whoever asks about the server, so it must not say how to get at the data."""
    head, at, rest = url.rpartition("@")
    scheme, separator, user = head.partition("://")
    if not at or not separator or ":" not in user:
        return url
    return f"{scheme}://{user.partition(':')[0]}:***@{rest}"


def environment() -> Mapping[str, str]:
    """A copy of the process's environment, for those who hand parts of it to children."""
    return dict(os.environ)


def resolve(flags: Flags, env: Mapping[str, str], settings: Sequence[Setting] = SETTINGS) -> Sequence[Value]:
    """Every setting with where it came from. Raises BadSetting naming the flag or variable and its value."""
    return [_value(setting, flags.get(setting.name), env) for setting in settings]


def load(flags: Flags, env: Mapping[str, str]) -> Settings:
    """What the server runs with. Raises BadSetting as `resolve` does."""
    values: dict[str, Any] = {one.setting.name: one.value for one in resolve(flags, env, SERVER)}
    return Settings(**{field.name: values[field.name] for field in fields(Settings)})


def server_url(flag: str | None, env: Mapping[str, str]) -> str:
    """Which server commands talk to. Raises BadSetting for something that is no http(s) URL."""
    return str(_value(BY_NAME["url"], flag, env).value)


def _value(setting: Setting, flag: Flag, env: Mapping[str, str]) -> Value:
    if flag not in (None, False):
        return Value(setting, _cast(setting, setting.flag, str(flag)), Source.FLAG, setting.flag)
    for variable in (setting.env, *_MLFLOW.get(setting.name, ())):
        text = env.get(variable, "")
        if text and (variable != "MLFLOW_TRACKING_URI" or kinds.is_http(text)):
            return Value(setting, _cast(setting, variable, text), Source.ENVIRONMENT, variable)
    return Value(setting, _cast(setting, setting.flag, setting.default), Source.DEFAULT)


def _cast(setting: Setting, key: str, text: str) -> object:
    try:
        return setting.kind(text)
    except ValueError as error:
        raise BadSetting(f"{key}={text!r} cannot be used: {error}") from None
