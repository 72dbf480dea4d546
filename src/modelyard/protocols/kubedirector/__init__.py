"""The form of request that KubeDirector's deployment engine answers: a scoring script run with arguments.

Enters: its requests and answers. Stays out: services and storage; it sees the data plane only.
"""
