"""The `{"error": …}` body: tritonclient reads that key and nothing else."""

import msgspec

from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.http.statuses import headers_of, status_of
from modelyard.protocols.oip.wire import Error


def body(error: Exception) -> bytes:
    """As a piece of an answer that had begun."""
    return msgspec.json.encode(Error(str(error)))


def render_error(error: Exception) -> Reply:
    return json_reply(Error(str(error)), status_of(error), headers_of(error))
