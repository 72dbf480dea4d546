"""Options made from the settings, so that flag, variable, default and help are written down once."""

from typing import Annotated, Any

import typer

from modelyard.apps.settings import BY_NAME


def option(name: str) -> Any:  # typer's own type for this is Any
    """The option of a setting. Its text is judged by the settings, which also know the variable and the default."""
    return typer.Option(BY_NAME[name].flag, help=_help(name), show_default=False, metavar=name.upper())


def switch(name: str) -> Any:  # typer's own type for this is Any
    """The option of a setting that is on or off."""
    return typer.Option(BY_NAME[name].flag, help=_help(name), show_default=False)


def _help(name: str) -> str:
    setting = BY_NAME[name]
    return f"{setting.help} ({setting.env}{f', default {setting.default}' if setting.default else ''})"


Host = Annotated[str | None, option("host")]
Port = Annotated[str | None, option("port")]
GrpcPort = Annotated[str | None, option("grpc_port")]
DataDir = Annotated[str | None, option("data_dir")]
Database = Annotated[str | None, option("database")]
Artifacts = Annotated[str | None, option("artifacts")]
PresignedUrls = Annotated[str | None, option("presigned_urls")]
MigrateWithoutBackup = Annotated[bool, switch("migrate_without_backup")]
AllowedHosts = Annotated[str | None, option("allowed_hosts")]
AllowedOrigins = Annotated[str | None, option("allowed_origins")]
InsecureNoAuth = Annotated[bool, switch("insecure_no_auth")]
AllowPrivateWebhooks = Annotated[bool, switch("allow_private_webhooks")]
Traceable = Annotated[bool, switch("traceable")]
IsolateModels = Annotated[bool, switch("isolate_models")]
LogFormat = Annotated[str | None, option("log_format")]
LogLevel = Annotated[str | None, option("log_level")]
LogRequests = Annotated[str | None, option("log_requests")]
MaxArtifactSize = Annotated[str | None, option("max_artifact_size")]
ServingMemory = Annotated[str | None, option("serving_memory")]
MaxPredictionSize = Annotated[str | None, option("max_prediction_size")]
MaxPredictionRows = Annotated[str | None, option("max_prediction_rows")]
ModelRoots = Annotated[str | None, option("model_roots")]
StepCpus = Annotated[str | None, option("step_cpus")]
StepMemory = Annotated[str | None, option("step_memory")]
StepGpus = Annotated[str | None, option("step_gpus")]
CacheExpiry = Annotated[str | None, option("cache_expiry")]
FinalStatus = Annotated[str | None, option("final_status")]
TerminatedAsFailed = Annotated[bool, switch("terminated_as_failed")]
ShutdownGrace = Annotated[str | None, option("shutdown_grace")]
Url = Annotated[str | None, option("url")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts instead of a table", show_default=False)]
