"""What run number so-and-so is like. The standard library only: MLflow's environment reads it too."""

METRICS = ("accuracy", "loss", "precision", "recall")
PARAMS = ("batch_size", "depth", "family", "learning_rate")
_BASE = 1_700_000_000_000
_STRIDE = 7919
"""A prime: the values of a metric are all different, and in no order."""


def name(number: int) -> str:
    return f"run-{number:06}"


def started(number: int) -> int:
    return _BASE + number * 1000


def metrics(number: int, runs: int) -> dict[str, float]:
    return {key: (number * _STRIDE + at) % runs / runs for at, key in enumerate(METRICS)}


def params(number: int) -> dict[str, str]:
    return {key: f"v{(number + at) % 10}" for at, key in enumerate(PARAMS)}


def best(runs: int) -> int:
    """The one with the highest accuracy."""
    return (runs - 1) * pow(_STRIDE, -1, runs) % runs
