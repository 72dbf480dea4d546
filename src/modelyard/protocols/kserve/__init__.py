"""KServe's V1 prediction protocol.

Enters: V1 requests and answers. Stays out: services and storage; it sees the data plane only.
"""
