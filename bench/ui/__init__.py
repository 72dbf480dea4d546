"""`make bench-ui`: the same experiment opened in MLflow's web interface and in ours, in one browser, in turns.

Enters: what a person at a screen would notice. Stays out: the product's own code.
"""
