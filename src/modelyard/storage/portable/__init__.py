"""Export directories: Parquet tables beside artifact files, for carrying a store elsewhere and for analysis.

Enters: their layout, writing and reading them; the only user of pyarrow in the server. Stays out: our own tables.
"""
