"""Modelyard: the whole machine-learning lifecycle in one package.

Holds the version and nothing else; the layers below are described in docs/explanation/architecture.md.
"""

__version__ = "0.1.0"
