"""Data as it is in real life, made up: what the pages of the web interface are looked at with."""
