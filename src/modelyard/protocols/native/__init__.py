"""Our own API, described by an OpenAPI document: what the SDK, the command line and the UI speak.

Enters: resources of ours as JSON. Stays out: foreign dialects.
"""
