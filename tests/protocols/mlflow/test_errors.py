import json

import pytest

from modelyard.domain import errors
from modelyard.protocols.http.errors import MalformedBody, MethodNotAllowed, NoSuchRoute
from modelyard.protocols.mlflow.errors import render_error

REPEATED = {408, 429, 500, 502, 503, 504}
"""What stock clients ask for again, for minutes."""


def rendered(error: Exception) -> tuple[int, dict[str, str]]:
    reply = render_error(error)
    assert isinstance(reply.body, bytes)
    return reply.status, json.loads(reply.body)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidInput, 400, "INVALID_PARAMETER_VALUE"),
        (MalformedBody, 400, "INVALID_PARAMETER_VALUE"),
        (errors.AlreadyExists, 400, "RESOURCE_ALREADY_EXISTS"),
        (errors.NotFound, 404, "RESOURCE_DOES_NOT_EXIST"),
        (NoSuchRoute, 404, "ENDPOINT_NOT_FOUND"),
        (errors.InvalidState, 500, "INVALID_STATE"),
        (errors.Unauthenticated, 401, "UNAUTHENTICATED"),
        (errors.PermissionDenied, 403, "PERMISSION_DENIED"),
        (errors.NotSupported, 501, "NOT_IMPLEMENTED"),
        (errors.Unavailable, 503, "TEMPORARILY_UNAVAILABLE"),
        (errors.PredictionFailed, 500, "INTERNAL_ERROR"),
    ],
)
def test_each_error_has_mlflows_status_and_code(error: type[errors.ModelyardError], status: int, code: str) -> None:
    assert rendered(error("why")) == (status, {"error_code": code, "message": "why"})


def test_a_wrong_method_is_told() -> None:
    status, body = rendered(MethodNotAllowed("why", ("GET",)))
    assert (status, body["message"]) == (405, "why")


@pytest.mark.parametrize(
    "error", [errors.StorageFull, errors.TooLarge, errors.InvalidInput, errors.Conflict, errors.UnsupportedMediaType]
)
def test_what_does_not_pass_by_itself_is_not_asked_for_again(error: type[errors.ModelyardError]) -> None:
    assert rendered(error("why"))[0] not in REPEATED
