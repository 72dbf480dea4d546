"""The native API's dialect of errors: a status, a code to branch on and a message to read."""

import re

from modelyard.domain import errors
from modelyard.protocols.http import observe
from modelyard.protocols.http.errors import MethodNotAllowed, NoSuchRoute, RequestTimeout
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.http.statuses import headers_of, status_of
from modelyard.protocols.native.wire import Error, ErrorBody

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OF_HTTP = (MethodNotAllowed, NoSuchRoute, RequestTimeout)


def render_error(error: Exception) -> Reply:
    body = ErrorBody(Error(code_of(error), str(error), observe.request_id.get()))
    return json_reply(body, status_of(error), headers_of(error))


def code_of(error: Exception) -> str:
    """The name of the error's most particular public class, as `invalid_input` for InvalidInput."""
    for kind in type(error).__mro__:
        if kind in _OF_HTTP or (kind.__module__ == errors.__name__ and kind is not errors.ModelyardError):
            return _WORDS.sub("_", kind.__name__).lower()
    return "internal"
