"""The documents of the deployment engine. Of its answer we add `predictions`: what `output` says, as JSON."""

from msgspec import Raw, Struct


class Predict(Struct):
    scoring_args: Raw
    use_scoring: bool | str = False


class Answer(Struct):
    id: int
    input: str
    output: str
    predictions: Raw
    status: str
    node: str
    log_url: str


class Error(Struct):
    status: str
    error: str
