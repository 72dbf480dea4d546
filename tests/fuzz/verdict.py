"""What an answer of MLflow's API must be like, whatever was asked."""

from typing import Final

import httpx

CODES: Final = {
    400: {"INVALID_PARAMETER_VALUE", "RESOURCE_ALREADY_EXISTS"},
    404: {"RESOURCE_DOES_NOT_EXIST", "ENDPOINT_NOT_FOUND"},
    405: {"ENDPOINT_NOT_FOUND"},
    409: {"RESOURCE_CONFLICT"},
    413: {"INVALID_PARAMETER_VALUE"},
    415: {"INVALID_PARAMETER_VALUE"},
    500: {"INVALID_STATE"},  # as MLflow has it, for an experiment in the trash that is to be renamed
    501: {"NOT_IMPLEMENTED"},  # as the directory of this server has no direct uploads
}
LONGEST: Final = 45_000
"""Bytes of a refusal: 10,000 characters, and what surrounds them."""


def assert_fine(answer: httpx.Response) -> None:
    """A success, or a refusal in MLflow's words that says no more than it should."""
    if 200 <= answer.status_code < 300:
        return
    assert answer.headers["content-type"] == "application/json", answer.text
    refusal = answer.json()
    assert set(refusal) == {"error_code", "message"}
    assert refusal["error_code"] in CODES.get(answer.status_code, ()), (answer.status_code, answer.text)
    assert refusal["message"]
    assert "Traceback" not in answer.text
    assert len(answer.content) <= LONGEST
