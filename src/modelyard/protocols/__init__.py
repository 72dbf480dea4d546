"""One folder per wire protocol, each a thin adapter: wire.py, convert.py, errors.py, routes.py, a handler module per noun.

Enters: parse, call, render. Stays out: rules, SQL, and knowledge of another protocol.
"""
