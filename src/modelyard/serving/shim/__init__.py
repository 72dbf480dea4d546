"""The programs inside a model's environment: the zygote, and the replica that it becomes when it forks.

Enters: what runs on the standard library alone and on any Python from 3.9 on; numpy, pandas, mlflow and the model's own
libraries are imported where they are needed and may be missing. Imports between the modules here are relative, because
there the package is called `modelyard_shim`: the environment lacks modelyard.
Stays out: every import of ours from outside this folder; credentials.
"""
