"""Predictions for whole files: read in chunks, asked for side by side, written so that a broken job goes on.

Enters: files on the user's machine and requests to an endpoint. Stays out: everything of the server.
"""
