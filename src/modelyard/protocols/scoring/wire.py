"""The documents of MLflow's scoring protocol 2.0."""

import msgspec


class Predictions(msgspec.Struct):
    predictions: msgspec.Raw


class Error(msgspec.Struct):
    error_code: str
    message: str
