"""The `modelyard` command: argument parsing and printing.

Enters: words on a terminal. Stays out: anything a script would want to call.
"""
