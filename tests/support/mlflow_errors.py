"""What MLflow's API says when it refuses."""

import httpx


def refusal(reply: httpx.Response) -> tuple[int, str]:
    """Status and error code of an answer in MLflow's dialect."""
    body = reply.json()
    assert set(body) == {"error_code", "message"}
    assert body["message"]
    return reply.status_code, body["error_code"]


INVALID = (400, "INVALID_PARAMETER_VALUE")
MISSING = (404, "RESOURCE_DOES_NOT_EXIST")
TAKEN = (400, "RESOURCE_ALREADY_EXISTS")
