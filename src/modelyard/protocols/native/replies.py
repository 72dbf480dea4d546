from modelyard.protocols.http.reply import Reply

DONE = Reply(204, b"")
"""There is nothing to say."""
