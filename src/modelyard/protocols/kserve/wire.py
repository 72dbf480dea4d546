"""The documents of KServe's V1 prediction protocol."""

import msgspec


class Predictions(msgspec.Struct):
    predictions: msgspec.Raw


class Explanations(msgspec.Struct):
    explanations: msgspec.Raw


class Alive(msgspec.Struct):
    status: str


class ModelReady(msgspec.Struct):
    name: str
    ready: bool


class ModelList(msgspec.Struct):
    models: list[str]


class Error(msgspec.Struct):
    error: str
