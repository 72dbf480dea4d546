"""Small helpers that could be a library of their own: clocks, ids, safe paths, asyncio pieces.

Enters: code that knows no noun of ours and imports nothing of ours. Stays out: anything only one module needs.
"""
