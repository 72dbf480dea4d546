"""How models of each flavour are loaded and asked.

Enters: a module for each flavour whose library is better asked directly than through mlflow's python function.
Stays out: requests and answers; a runtime takes values and gives values.
"""
