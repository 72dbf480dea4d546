"""Who leaves a bank: families, combinations of settings below them, and folds below these."""

import itertools

from mlflow import MlflowClient

from tests.support.showcase.runs import Past, chance_of, log

EXPERIMENT = "churn"
FOLDS = 3
FAMILIES = {"random forest": 0.612, "decision tree": 0.604, "logistic regression": 0.511, "k nearest neighbours": 0.485}
SETTINGS = tuple(itertools.product((1, 10), ("balanced", "none")))


def track(client: MlflowClient) -> str:
    """The experiment's id."""
    experiment: str = client.create_experiment(EXPERIMENT)
    for at, (family, f1) in enumerate(FAMILIES.items()):
        ago = 3000.0 + 90 * at
        parent = log(client, experiment, _past(family, f1, ago, {"family": family}))
        for depth, weight in SETTINGS:
            params = {"family": family, "regularisation": depth, "class_weight": weight}
            score = f1 - 0.02 * (depth == 1) - 0.05 * (weight == "none")
            run = log(client, experiment, _past(f"{depth}, {weight}", score, ago - 5, params, parent))
            for fold in range(FOLDS):
                log(client, experiment, _past(f"fold {fold + 1}", score, ago - 6, {**params, "fold": fold + 1}, run))
    return experiment


def _past(name: str, f1: float, ago: float, params: dict[str, object], parent: str = "") -> Past:
    chance = chance_of(f"{name} {f1} {ago}")
    moved = chance.uniform(-0.015, 0.015) if name.startswith("fold") else 0.0
    values = {"f1": f1 + moved, "accuracy": 0.7 + f1 / 6 + moved, "roc_auc": 0.6 + f1 / 2.3 + moved}
    return Past(name, ago, chance.uniform(0.1, 3), params, values=values, parent=parent)
