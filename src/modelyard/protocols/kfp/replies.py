from modelyard.protocols.http.reply import Reply

NOTHING = Reply(200, b"{}")
"""google.protobuf.Empty."""
