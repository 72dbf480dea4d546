"""A small client of the native API, for the command line, notebooks and scripts.

Enters: calls and their results. Stays out: anything that needs the server's database or settings.
"""
