"""The REST API of Kubeflow Pipelines, v2beta1, as the kfp SDK and its command use it.

Enters: its messages, its dialect of filters, page tokens and errors. Stays out: what runs do, and the pipeline's IR,
which `formats` reads.
"""
