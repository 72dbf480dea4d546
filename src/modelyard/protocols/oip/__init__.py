"""Open Inference Protocol V2 over HTTP.

Enters: V2 requests and answers. Stays out: services and storage; it sees the data plane only.
"""
