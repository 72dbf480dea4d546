"""Traces are not kept here, and a search says just that: clients look for some in passing, and must not fail for it."""

from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply
from modelyard.protocols.mlflow.replies import NOTHING
from modelyard.protocols.mlflow.state import MlflowState


async def search(_: Call[MlflowState]) -> Reply:
    return NOTHING
