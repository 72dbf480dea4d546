"""MLflow's filter and order_by languages, read into the query AST of the domain.

Enters: the lexer, the one grammar, and a table per searchable noun. Stays out: how a query is answered.
"""
