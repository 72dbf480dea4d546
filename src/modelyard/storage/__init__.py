"""The only place that speaks SQL or to a blob store: tables, migrations, one module per noun (row <-> domain value).

Enters: statements and the conversion of rows. Stays out: rules (they live in services) and other layers' types.
A function here takes an open connection; it never begins or commits a transaction.
"""
