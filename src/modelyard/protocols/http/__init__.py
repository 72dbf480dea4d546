"""ASGI pieces that all protocols share: routing, bodies, replies, guards, request ids, metrics.

Enters: HTTP mechanics. Stays out: services, nouns, and any one protocol's dialect.
"""
