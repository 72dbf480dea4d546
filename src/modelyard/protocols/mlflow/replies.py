from typing import Final

from modelyard.protocols.http.reply import Reply

NOTHING: Final = Reply(200, b"{}")
"""The answer to what is done when there is no more to say."""
