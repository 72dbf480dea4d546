"""Side-by-side benchmarks: a peer and we do the same work in one run, and the ratio is what counts.

Enters: load drivers that speak only the protocols, and reports. Stays out: the product's own code, but for filling a
store with more rows than clients could log (`stock`).
"""
