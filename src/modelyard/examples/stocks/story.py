"""`modelyard demo stocks`: a pipeline from daily prices to a forecast that is served, if a gate lets it."""

import contextlib
import hashlib
import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import kfp
import msgspec
from mlflow import MlflowClient

from modelyard.domain import errors
from modelyard.examples import deploying, tracking
from modelyard.examples.outcome import Links, Outcome
from modelyard.examples.reporting import Reporter
from modelyard.examples.stocks import prices
from modelyard.examples.stocks.judging import Comparison
from modelyard.examples.stocks.pipeline import EPOCHS, NAME, SEED, stocks
from modelyard.sdk.client import Client
from modelyard.sdk.pipelines import PipelineRun, PipelineRunDetail, Task, Values

PENDING = ("PENDING", "RUNNING")
FELL_SHORT = frozenset({"FAILED", "CANCELED"})
STEPS_BESIDE_TRAINING = 8
DIGEST = "prices.sha256"


class Question(msgspec.Struct, frozen=True):
    """The days before a day that has not come, and what the network said of it in training."""

    symbol: str
    after: str
    closes: list[float]
    forecast: float


class Found:
    """What the steps of an ended run have put out."""

    def __init__(self, detail: PipelineRunDetail) -> None:
        self._tasks = {task.name: task for task in detail.tasks}

    def ran(self, step: str) -> bool:
        return step in self._tasks and self._tasks[step].state not in ("SKIPPED", "PENDING")

    def value(self, step: str, name: str = "Output") -> object:
        return self._outputs(step).parameters[name]

    def told(self, step: str, name: str) -> Mapping[str, object]:
        """What is said of an artifact."""
        (artifact,) = self._outputs(step).artifacts[name]
        return artifact.metadata

    def _outputs(self, step: str) -> Values:
        return self._tasks[step].outputs


def run(
    url: str, data: Path | None, reporter: Reporter, _: deploying.Deployer, **settings: Sequence[int] | bool
) -> Outcome:
    """Tell the story against the server at `url`, with prices from `data` or, without, those of two indexes.

    May be run again: a run that is under way is followed, and what an earlier one has computed is not computed again.
    A step of the pipeline deploys; `settings` are parameters of it that are to be other than usual.
    Raises InvalidInput for prices that cannot be used, Unavailable when the server does not answer, InvalidState when a
    step fails.
    """
    with tracking.translated_errors(url), Client(url) as client:
        if data is not None:
            prices.load(data)
        experiment_id = tracking.connect(url, NAME, "test_mae_percent", greater_is_better=False)
        source = "" if data is None else _keep(experiment_id, data)
        arguments = {"source": source, "epochs": EPOCHS, "seed": SEED, "equal_passes": True, **settings}
        found = Found(_follow(client, _start(client, experiment_id, arguments, reporter), reporter))
        outcome = _outcome(client, experiment_id, found)
    _tell(found, outcome, data, reporter)
    reporter.line(f"To look at in a browser: {outcome.links.page}")
    return outcome


def _keep(experiment_id: str, data: Path) -> str:
    """Where the server has the file: the same place each time, so that nothing is computed again for it."""
    client, digest = MlflowClient(), hashlib.sha256(data.read_bytes()).hexdigest()
    wanted = f"tags.`{DIGEST}` = '{digest}' and attributes.status = 'FINISHED'"
    for known in client.search_runs([experiment_id], wanted, max_results=1):
        (file,) = client.list_artifacts(known.info.run_id)
        return f"runs:/{known.info.run_id}/{file.path}"
    with tracking.run_of(experiment_id, f"prices of {data.name}") as run_id:
        client.set_tag(run_id, DIGEST, digest)
        client.log_artifact(run_id, str(data))
    return f"runs:/{run_id}/{data.name}"


def _start(client: Client, experiment_id: str, arguments: Mapping[str, object], reporter: Reporter) -> PipelineRun:
    """The run of these arguments that is under way, else a new one."""
    reporter.step("Pipeline")
    for state in PENDING:
        for one in client.pipelines.runs(experiment_id=experiment_id, state=state):
            if one.name == NAME and arguments.items() <= one.parameters.items():
                reporter.line(f"Run {one.id} is under way; going on with it")
                return one
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():  # the SDK prints a link
        warnings.simplefilter("ignore", FutureWarning)
        started = kfp.Client(host=client.url).create_run_from_pipeline_func(
            stocks, arguments=dict(arguments), run_name=NAME, experiment_id=experiment_id
        )
    reporter.line(f"Run {started.run_id} of pipeline {NAME}, sent by kfp.Client")
    return client.pipelines.detail(str(started.run_id)).run


def _follow(client: Client, started: PipelineRun, reporter: Reporter) -> PipelineRunDetail:
    """Every step as it ends, then the run. Raises InvalidState when it has not succeeded."""
    told: set[str] = set()
    settings = msgspec.convert(started.parameters["epochs"], list[int])
    with reporter.progress("Steps", STEPS_BESIDE_TRAINING + len(settings)) as advance:
        for detail in client.pipelines.watch(started.id):
            for task in detail.tasks:
                if task.kind == "step" and task.ended_at is not None and task.id not in told:
                    told.add(task.id)
                    _tell_step(task, reporter)
                    advance()
    if detail.run.state == "SUCCEEDED":
        return detail
    failed = [task.name for task in detail.tasks if task.kind == "step" and task.state in FELL_SHORT]
    about = f"step {failed[0]}; see: modelyard pipelines logs {started.id} {failed[0]}" if failed else "no step"
    raise errors.InvalidState(
        f"Run {started.id} has ended as {detail.run.state} in {about}. Told again, the story goes on with what was done"
    )


def _tell_step(task: Task, reporter: Reporter) -> None:
    name = task.name
    if "epochs" in task.inputs.parameters:
        name = f"{name}, {task.inputs.parameters['epochs']:g} epochs"
    if task.state in FELL_SHORT:
        why = task.error.message.partition("\n")[0] if task.error else task.state.lower()
        reporter.check(f"{name}: {why}", passed=False)
    elif task.state == "SKIPPED":
        reporter.line(f"- {name}: skipped")
    elif task.cached_from:
        reporter.check(f"{name}: taken from before", passed=True)
    else:
        seconds = ((task.ended_at or 0) - (task.started_at or task.created_at)) / 1000
        reporter.check(f"{name}: {seconds:.1f} s", passed=True)


def _outcome(client: Client, experiment_id: str, found: Found) -> Outcome:
    best = found.told("compare", "best")
    version = int(str(found.value("register")))
    honest = _figures(found)[-2]
    forecast = msgspec.convert(found.value("ask"), float) if found.ran("ask") else None
    links = Links.on(client.url, experiment_id, NAME, version, client.invocations_url(NAME))
    return Outcome(
        story=NAME,
        experiment_id=experiment_id,
        run_id=str(best["run_id"]),
        model=NAME,
        version=version,
        winner=f"{best['epochs']:g} epochs",
        metrics={"mae_percent": honest.model, "naive_mae_percent": honest.naive},
        prediction=forecast,
        links=links,
        seed=None,
        gate=str(found.value("gate", "reason")),
    )


def _figures(found: Found) -> Sequence[Comparison]:
    """Of each symbol, of all, and of all where days without trade count as well."""
    return msgspec.convert(found.value("compare", "figures"), list[Comparison])


def _tell(found: Found, outcome: Outcome, data: Path | None, reporter: Reporter) -> None:
    _tell_data(found, data, reporter)
    _tell_comparison(found, outcome, reporter)
    reporter.step("The gate")
    deployed = outcome.prediction is not None
    reporter.check(f"{NAME} version {outcome.version}: {outcome.gate}", passed=deployed)
    if outcome.prediction is None:
        reporter.line("So it is registered and not deployed")
        return
    question = msgspec.convert(found.value("compare", "question"), Question)
    reporter.line(f"So endpoint {NAME} serves it: {outcome.links.endpoint}")
    reporter.step("A question over HTTP")
    reporter.line(f"{question.symbol}, the day after {question.after}, which ended at {question.closes[-1]:,.2f}")
    reporter.line(f"Forecast: {outcome.prediction:,.2f}, as the network said in training")


def _tell_data(found: Found, data: Path | None, reporter: Reporter) -> None:
    reporter.step("Prices")
    gathered, days = found.told("gather", "prices"), found.told("impute", "days")
    parts = found.told("split", "parts")
    origin = "ship with the package arch; --data takes others" if data is None else f"from {data}"
    symbols = msgspec.convert(gathered["symbols"], list[str])
    reporter.line(f"{gathered['prices']:,.0f} daily prices of {', '.join(symbols)}, {origin}")
    reporter.line(
        f"{days['imputed']:,.0f} of {days['days']:,.0f} days had no trade: each has the last working day's price"
    )
    reporter.line(
        f"Learned from until {parts['validation']}, chosen by until {parts['test']}, judged on what came after"
    )


def _tell_comparison(found: Found, outcome: Outcome, reporter: Reporter) -> None:
    reporter.step("Comparison with the naive forecast, that a price stays as it is")
    reporter.line(f"Best of the settings on the days to choose by: {outcome.winner}")
    *figures, flattered = _figures(found)
    rows = [[one.of, f"{one.days:,}", f"{one.model:.4f} %", f"{one.naive:.4f} %", _difference(one)] for one in figures]
    columns = ["series", "days", "LSTM", "naive", "difference"]
    reporter.table("Mean absolute errors on later trading days", columns, rows)
    reporter.line(
        f"With days without trade counted, the naive error would look like {flattered.naive:.4f} %: they do not count"
    )


def _difference(one: Comparison) -> str:
    return f"{one.difference:+.4f} ± {one.standard_error:.4f}: {one.word}"
