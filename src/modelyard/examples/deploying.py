"""What a story needs from whoever serves its model, and the question it then asks over HTTP."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import httpx
import msgspec

from modelyard.domain import errors

Value = str | int | float
Row = Mapping[str, Value]


class Deployer(Protocol):
    """Whoever serves models; the server's own client does."""

    def deploy(self, model_uri: str, name: str) -> str:
        """Bring the endpoint `name` to this model, new or not, wait until it is ready, return its invocations URL."""


class _Answer(msgspec.Struct):
    predictions: list[float]


def predict(invocations_url: str, rows: Sequence[Row], *, timeout_seconds: float = 30.0) -> list[float]:
    """Ask a deployed model about rows that all have the same columns, in one request.

    Raises Unavailable when nothing answers, PredictionFailed when the answer is not one number a row.
    """
    columns = list(rows[0])
    body = {"dataframe_split": {"columns": columns, "data": [[row[column] for column in columns] for row in rows]}}
    try:
        response = httpx.post(invocations_url, json=body, timeout=timeout_seconds)
    except httpx.HTTPError as failure:
        raise errors.Unavailable(f"No answer from {invocations_url}: {failure or type(failure).__name__}") from failure
    if response.status_code != httpx.codes.OK:
        raise errors.PredictionFailed(f"{invocations_url} answered {response.status_code}: {response.text[:500]}")
    try:
        predictions = msgspec.json.decode(response.content, type=_Answer).predictions
    except msgspec.MsgspecError as failure:
        raise errors.PredictionFailed(f"{invocations_url} did not answer with predictions: {failure}") from failure
    if len(predictions) != len(rows):
        raise errors.PredictionFailed(f"{invocations_url} answered {len(predictions)} predictions for {len(rows)} rows")
    return predictions
