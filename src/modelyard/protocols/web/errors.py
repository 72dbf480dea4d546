from modelyard.protocols.http.reply import Reply, text_reply
from modelyard.protocols.http.statuses import status_of


def render_error(error: Exception) -> Reply:
    """Plain text: who gets this reads it in a browser."""
    return text_reply(f"{error}\n", status_of(error))
