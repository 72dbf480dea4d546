"""The flagship stories as `modelyard demo` runs them, written as a user would write them.

Enters: data, features, training and story-telling over the stock `mlflow` and `kfp` clients and our SDK.
Stays out: anything a user could not have written; services and storage are out of reach.
"""
