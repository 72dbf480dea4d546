"""One folder per wire protocol, a thin adapter each: wire, convert, errors, routes, and a handler module per noun.

Enters: parse, call, render. Stays out: rules, SQL, and knowledge of another protocol.
"""
