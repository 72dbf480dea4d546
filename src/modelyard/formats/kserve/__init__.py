"""KServe's resource documents, theirs to values: InferenceService v1beta1.

Enters: what the documents say, and which of it means nothing on one machine. Stays out: what is made of it.
"""
