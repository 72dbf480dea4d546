"""Which customers will leave the bank? Four classifiers, cross-validated, the best one in production.

Enters: reading, generating and modelling customers, and the story that ties them together.
Stays out: anything the taxi story would need too; that lies one level up.
"""
