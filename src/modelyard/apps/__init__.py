"""Composition roots, one module per process, and the settings.

Enters: reading the environment, building objects, wiring them. Stays out: rules and protocols.
"""
