"""`modelyard demo churn`: four classifiers, cross-validated; the best one in production."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

from modelyard.examples import deploying, parity, publishing, tracking
from modelyard.examples.churn import customers, generator, training
from modelyard.examples.learners import Classifier
from modelyard.examples.outcome import Links, Outcome
from modelyard.examples.parity import Promise
from modelyard.examples.reporting import Advance, Reporter
from modelyard.examples.tracking import LoggedModel

EXPERIMENT = "churn"
MODEL = "churn"
ENDPOINT = "churn"
SEED = 2024
QUESTION: deploying.Row = {
    "Geography": "Germany",
    "Gender": "Female",
    "CreditScore": 610,
    "Age": 52,
    "Tenure": 2,
    "NumOfProducts": 1,
    "HasCrCard": 1,
    "IsActiveMember": 0,
    "Balance": 118_000.0,
    "EstimatedSalary": 87_000.0,
}
QUESTION_TOLD = "A woman of 52 in Germany, one product, 118,000 on her account, not active"
SIGNATURE = ModelSignature(
    inputs=Schema(
        [
            *(ColSpec("string", name) for name in customers.CATEGORIES),
            *(ColSpec("long", name) for name in customers.WHOLE_NUMBERS),
            *(ColSpec("double", name) for name in customers.AMOUNTS),
        ]
    ),
    outputs=Schema([ColSpec("long", customers.TARGET)]),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A family at its best settings; `parent_run_id` holds its whole grid."""

    family: training.Family
    settings: training.Settings
    scores: training.Scores
    parent_run_id: str


def run(url: str, data: Path | None, reporter: Reporter, deployer: deploying.Deployer) -> Outcome:
    """Tell the story against the server at `url`, with customers from `data` or, without, generated ones.

    May be run again: the experiment gathers more runs, the model its next version, the endpoint that version.
    Raises InvalidInput for customers that cannot be used, Unavailable when the server does not answer, InvalidState
    when the model predicts differently once served.
    """
    people = _prepare(data, reporter)
    with tracking.translated_errors(url):
        experiment_id = tracking.connect(url, EXPERIMENT, "f1", greater_is_better=True)
        candidates = _search(experiment_id, people, reporter)
        winner = _compare(candidates, reporter)
        model, logged = _refit(winner, people, reporter)
        promise = parity.promise_of(model, people[customers.REQUEST])
        version = _register(winner, logged, promise, data, reporter)
        invocations = publishing.deploy_champion(MODEL, ENDPOINT, reporter, deployer)
        publishing.prove_in_service(MODEL, version, invocations, promise, reporter)
        prediction = _ask(invocations, reporter)
    outcome = Outcome(
        story="churn",
        experiment_id=experiment_id,
        run_id=logged.run_id,
        model=MODEL,
        version=version,
        winner=winner.family.name,
        metrics=winner.scores.metrics(),
        prediction=prediction,
        links=Links.on(url, experiment_id, MODEL, version, invocations),
        seed=SEED if data is None else None,
    )
    _tell(outcome, reporter)
    return outcome


def _prepare(data: Path | None, reporter: Reporter) -> pd.DataFrame:
    reporter.step("Customers")
    if data is None:
        people = generator.generate(SEED)
        told = f"generated from published marginals with seed {SEED}; --data takes real ones"
    else:
        people = customers.load(data)
        told = f"from {data}"
    reporter.line(f"{len(people):,} customers, {told}")
    reporter.line(f"{people[customers.TARGET].mean():.1%} of them left")
    return people


def _search(experiment_id: str, people: pd.DataFrame, reporter: Reporter) -> list[Candidate]:
    reporter.step("Cross-validation")
    families = training.families()
    combinations = sum(len(list(family.combinations())) for family in families)
    fits = combinations * training.FOLDS
    reporter.line(
        f"{len(families)} models, {combinations} combinations of settings, {training.FOLDS} folds: {fits} fits"
    )
    folds = training.folds(people)
    with reporter.progress("Training and logging", fits) as advance:
        return [_search_family(experiment_id, family, people, folds, advance) for family in families]


def _search_family(
    experiment_id: str, family: training.Family, people: pd.DataFrame, folds: Sequence[training.Fold], advance: Advance
) -> Candidate:
    with tracking.run_of(experiment_id, family.name) as parent_id:
        tried = []
        for settings in family.combinations():
            name = ", ".join(f"{key}={value}" for key, value in settings.items())
            with tracking.run_of(experiment_id, name, parent_id=parent_id) as run_id:
                scores = []
                for fold in folds:
                    with tracking.run_of(experiment_id, f"fold {fold.number}", parent_id=run_id) as fold_id:
                        scores.append(training.score_fold(family.build(settings), people, fold))
                        tracking.log(fold_id, params={**settings, "fold": fold.number}, metrics=scores[-1].metrics())
                    advance()
                mean = training.mean(scores)
                tracking.log(run_id, params=settings, metrics=mean.metrics())
            tried.append(Candidate(family, settings, mean, parent_id))
        best = _best(tried)
        tracking.log(parent_id, params=best.settings, metrics=best.scores.metrics())
    return best


def _best(candidates: Sequence[Candidate]) -> Candidate:
    return max(candidates, key=lambda candidate: candidate.scores.f1)


def _compare(candidates: Sequence[Candidate], reporter: Reporter) -> Candidate:
    reporter.step("Comparison")
    rows = [
        [
            candidate.family.name,
            f"{candidate.scores.f1:.3f}",
            f"{candidate.scores.accuracy:.3f}",
            f"{candidate.scores.roc_auc:.3f}",
            ", ".join(f"{key}={value}" for key, value in candidate.settings.items()),
        ]
        for candidate in candidates
    ]
    columns = ["model", "F1", "accuracy", "ROC-AUC", "best settings"]
    reporter.table(f"Means of {training.FOLDS} folds; F1 selects", columns, rows)
    return _best(candidates)


def _refit(winner: Candidate, people: pd.DataFrame, reporter: Reporter) -> tuple[Classifier, LoggedModel]:
    with mlflow.start_run(run_id=winner.parent_run_id):
        model = training.refit(winner.family, winner.settings, people)
        logged = tracking.log_model(
            model,
            example=people[customers.REQUEST].head(5),
            signature=SIGNATURE,
            trusted_types=training.TRUSTED_TYPES,
        )
    reporter.line(f"Best: {winner.family.name}, fitted once more on all customers, preprocessing inside")
    return model, logged


def _register(winner: Candidate, logged: LoggedModel, promise: Promise, data: Path | None, reporter: Reporter) -> int:
    reporter.step("Registry")
    tags = {
        "family": winner.family.name,
        "data": f"generated, seed {SEED}" if data is None else str(data),
        "f1": f"{winner.scores.f1:.3f}",
    }
    version = tracking.register(MODEL, logged, tags=tags)
    tracking.move_to_stage(MODEL, version, "Staging")
    reporter.line(f"{MODEL} version {version}, stage Staging")
    publishing.prove_in_registry(MODEL, version, promise, reporter)
    tracking.move_to_stage(MODEL, version, "Production")
    tracking.make_champion(MODEL, version)
    reporter.line(f"Stage Production; alias {tracking.CHAMPION} now names version {version}")
    return version


def _ask(invocations: str, reporter: Reporter) -> float:
    reporter.step("A question over HTTP")
    (leaves,) = deploying.predict(invocations, [QUESTION])
    reporter.line(QUESTION_TOLD)
    reporter.line(f"Prediction: {leaves:g}, she {'leaves' if leaves else 'stays'}")
    return leaves


def _tell(outcome: Outcome, reporter: Reporter) -> None:
    reporter.table(
        "Churn",
        ["what", "result"],
        [
            ["best model", f"{outcome.winner}, {outcome.model} version {outcome.version}"],
            *([name, f"{value:.3f}"] for name, value in outcome.metrics.items()),
            ["predicted customer", "leaves" if outcome.prediction else "stays"],
            ["experiment", outcome.links.experiment],
            ["model", outcome.links.model],
            ["endpoint", outcome.links.endpoint],
        ],
    )
    reporter.line(f"To look at in a browser: {outcome.links.page}")
