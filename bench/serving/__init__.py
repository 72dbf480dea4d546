"""`make bench-serving`: one model behind us and behind each peer, asked the same in turns.

Enters: the peers' servers in environments of their own. Stays out: the product's own code.
"""
