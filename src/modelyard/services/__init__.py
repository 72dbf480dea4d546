"""Use cases by noun: authorise, validate, one transaction, emit an event. The only door to storage.

Enters: policy that must hold whoever asks. Stays out: protocols' words, HTTP, SQL, processes.
"""
