"""What runs inside a step's process, and the process that steps are forked from.

Enters: what a step gives up and is given before its code runs, and how it is ended with all that it started. It is run
by path in environments that need not have Modelyard, so it imports the standard library only. Stays out: the server.
"""
