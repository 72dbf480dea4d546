"""All commands, in the groups that `modelyard --help` shows."""

import typer

from modelyard.cli import config, up, version

SERVER = "Server"

app = typer.Typer(
    name="modelyard",
    help="The whole machine-learning lifecycle in one package: track, register, deploy, serve.",
    epilog="Commands talk to the server at MODELYARD_URL, else MLFLOW_TRACKING_URI, else http://127.0.0.1:5000.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up", rich_help_panel=SERVER)(up.up)
app.command("config", rich_help_panel=SERVER)(config.config)
app.command("version", rich_help_panel=SERVER)(version.version)
