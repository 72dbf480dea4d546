"""What a story needs from whoever serves its model, and the question it then asks over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx
import msgspec

from modelyard.domain import errors

TIMEOUT = 30.0
Value = str | int | float
Row = Mapping[str, Value]


class Deployer(Protocol):
    """Whoever serves models; the server's own client does."""

    def deploy(self, model_uri: str, name: str) -> str:
        """Bring the endpoint `name` to this model, new or not, wait until it is ready, return its invocations URL."""

    def introduce(self, model_uri: str, name: str, percent: int) -> None:
        """Give a model so many percent of the endpoint's requests, as a canary that answers when this returns."""

    def share(self, name: str, percent: int) -> None:
        """Give the canary so many percent of the requests; with all of them it takes over."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A prediction for each row, and the version that made them; 0 when the server does not say."""

    predictions: Sequence[float]
    version: int


class _Body(msgspec.Struct):
    predictions: list[float]


def predict(invocations_url: str, rows: Sequence[Row], *, timeout_seconds: float = TIMEOUT) -> Sequence[float]:
    """Ask a deployed model about rows that all have the same columns, in one request. Raises as `ask` does."""
    with httpx.Client(timeout=timeout_seconds) as http:
        return ask(http, invocations_url, rows).predictions


def ask(http: httpx.Client, invocations_url: str, rows: Sequence[Row]) -> Answer:
    """The same over a connection that is kept.

    Raises Unavailable when nothing answers, PredictionFailed when the answer is not one number a row.
    """
    columns = list(rows[0])
    body = {"dataframe_split": {"columns": columns, "data": [[row[column] for column in columns] for row in rows]}}
    try:
        response = http.post(invocations_url, json=body)
    except httpx.HTTPError as failure:
        raise errors.Unavailable(f"No answer from {invocations_url}: {failure or type(failure).__name__}") from failure
    if response.status_code != httpx.codes.OK:
        raise errors.PredictionFailed(f"{invocations_url} answered {response.status_code}: {response.text[:500]}")
    try:
        predictions = msgspec.json.decode(response.content, type=_Body).predictions
    except msgspec.MsgspecError as failure:
        raise errors.PredictionFailed(f"{invocations_url} did not answer with predictions: {failure}") from failure
    if len(predictions) != len(rows):
        raise errors.PredictionFailed(f"{invocations_url} answered {len(predictions)} predictions for {len(rows)} rows")
    return Answer(predictions, int(response.headers.get("x-model-version", 0)))
