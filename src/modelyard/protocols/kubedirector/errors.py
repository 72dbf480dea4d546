from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.http.statuses import headers_of, status_of
from modelyard.protocols.kubedirector.wire import Error


def render_error(error: Exception) -> Reply:
    return json_reply(Error("Failed", str(error)), status_of(error), headers_of(error))
