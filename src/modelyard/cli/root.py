"""All commands, in the groups that `modelyard --help` shows."""

import typer

from modelyard.cli import (
    backups,
    batch,
    config,
    demo,
    deploying,
    endpoint,
    endpoints,
    events,
    exports,
    gc,
    graphs,
    imports,
    manifests,
    pipelines,
    registry,
    rollouts,
    runs,
    schedules,
    tracking,
    transforming,
    triggers,
    up,
    version,
)

START = "Start"
SERVE = "Serve models"
RUN = "Run pipelines"
LOOK = "Look around"
CARRY = "Carry data"
CARE = "Look after the data"

app = typer.Typer(
    name="modelyard",
    help="The whole machine-learning lifecycle in one package: track, register, deploy, serve.",
    epilog="Commands talk to the server at MODELYARD_URL, else MLFLOW_TRACKING_URI, else http://127.0.0.1:5000.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up", rich_help_panel=START)(up.up)
app.command("demo", rich_help_panel=START)(demo.demo)
app.command("config", rich_help_panel=START)(config.config)
app.command("version", rich_help_panel=START)(version.version)
app.command("deploy", rich_help_panel=SERVE)(deploying.deploy)
app.command("apply", rich_help_panel=SERVE)(manifests.apply)
app.command("endpoints", rich_help_panel=SERVE)(endpoints.endpoints)
app.command("endpoint", rich_help_panel=SERVE)(endpoint.endpoint)
app.command("graphs", rich_help_panel=SERVE)(graphs.graphs)
app.command("graph", rich_help_panel=SERVE)(graphs.graph)
app.command("predict", rich_help_panel=SERVE)(endpoints.predict)
app.command("batch", rich_help_panel=SERVE)(batch.batch)
app.command("logs", rich_help_panel=SERVE)(endpoints.logs)
app.command("traffic", rich_help_panel=SERVE)(rollouts.traffic)
app.command("promote", rich_help_panel=SERVE)(rollouts.promote)
app.command("rollback", rich_help_panel=SERVE)(rollouts.rollback)
app.command("stop", rich_help_panel=SERVE)(rollouts.stop)
app.command("start", rich_help_panel=SERVE)(rollouts.start)
app.command("transform", rich_help_panel=SERVE)(transforming.transform)
app.command("undeploy", rich_help_panel=SERVE)(endpoints.undeploy)
app.add_typer(pipelines.app, name="pipelines", rich_help_panel=RUN)
app.add_typer(schedules.app, name="schedules", rich_help_panel=RUN)
app.add_typer(triggers.app, name="triggers", rich_help_panel=RUN)
app.command("experiments", rich_help_panel=LOOK)(tracking.experiments)
app.add_typer(runs.app, name="runs", rich_help_panel=LOOK)
app.command("models", rich_help_panel=LOOK)(registry.models)
app.command("events", rich_help_panel=LOOK)(events.events)
app.command("gc", rich_help_panel=CARE)(gc.gc)
app.command("backup", rich_help_panel=CARE)(backups.backup)
app.command("restore", rich_help_panel=CARE)(backups.restore)
app.command("verify", rich_help_panel=CARE)(backups.verify)
app.command("export", rich_help_panel=CARRY)(exports.export)
app.command("import", rich_help_panel=CARRY)(imports.import_)
