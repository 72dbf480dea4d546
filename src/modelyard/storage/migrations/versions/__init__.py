"""The migrations themselves.

Enters: one file per change, never edited once released. Stays out: everything else.
"""
