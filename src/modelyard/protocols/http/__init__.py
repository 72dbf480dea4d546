"""What all protocols share of HTTP: the server, routing, bodies, replies, guards, request ids, metrics.

Enters: HTTP mechanics. Stays out: services, nouns, and any one protocol's dialect.
"""
