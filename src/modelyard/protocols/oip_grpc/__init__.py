"""Open Inference Protocol V2 over gRPC: the service `inference.GRPCInferenceService`.

Enters: its messages and methods. Stays out: services and storage; it sees the data plane and the repository only.
"""
