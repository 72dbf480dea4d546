"""Our nouns as frozen values, their state machines, the query AST, errors and ports.

Enters: plain Python that decides without input or output. Stays out: SQL, HTTP, wire formats, clocks, the environment.
A port stands here only where there are two implementations or where a layer must not see the one it calls.
"""
