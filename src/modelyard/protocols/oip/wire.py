"""The documents of the Open Inference Protocol V2, as its specification and its extensions write them."""

from typing import Literal

from msgspec import UNSET, Raw, Struct, UnsetType


class InputParameters(Struct):
    binary_data_size: int | None = None
    content_type: str | None = None
    shared_memory_region: str | None = None


class RequestInput(Struct):
    name: str
    shape: list[int]
    datatype: str
    parameters: InputParameters | None = None
    data: Raw = Raw(b"null")


class RequestedParameters(Struct):
    binary_data: bool | None = None
    classification: int | None = None
    shared_memory_region: str | None = None


class RequestOutput(Struct):
    name: str
    parameters: RequestedParameters | None = None


class RequestParameters(Struct):
    binary_data_output: bool | None = None
    content_type: str | None = None
    timeout: int | str | None = None


class GivenParameters(Struct):
    """The same as they were written, whoever they are for."""

    parameters: dict[str, Raw] | None = None


class InferenceRequest(Struct):
    inputs: list[RequestInput]
    id: str | None = None
    parameters: RequestParameters | None = None
    outputs: list[RequestOutput] | None = None


class OutputParameters(Struct, omit_defaults=True):
    binary_data_size: int | None = None
    content_type: str | None = None


class ResponseOutput(Struct):
    name: str
    shape: tuple[int, ...]
    datatype: str
    parameters: OutputParameters | UnsetType = UNSET
    data: Raw | UnsetType = UNSET


class InferenceResponse(Struct):
    model_name: str
    model_version: str
    id: str
    outputs: list[ResponseOutput]


class TensorMetadata(Struct):
    name: str
    datatype: str
    shape: tuple[int, ...]


class ModelMetadata(Struct):
    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class ConfigTensor(Struct):
    name: str
    data_type: str
    dims: tuple[int, ...]


class ModelConfig(Struct):
    name: str
    platform: str
    backend: str
    max_batch_size: int
    input: list[ConfigTensor]
    output: list[ConfigTensor]


class StatisticDuration(Struct):
    count: int = 0
    ns: int = 0


class InferStatistics(Struct):
    success: StatisticDuration
    fail: StatisticDuration
    queue: StatisticDuration
    compute_input: StatisticDuration
    compute_infer: StatisticDuration
    compute_output: StatisticDuration
    cache_hit: StatisticDuration
    cache_miss: StatisticDuration


class ModelStatistics(Struct):
    name: str
    version: str
    last_inference: int
    inference_count: int
    execution_count: int
    inference_stats: InferStatistics
    response_stats: dict[str, Raw]
    batch_stats: list[Raw]
    memory_usage: list[Raw]


class AllStatistics(Struct):
    model_stats: list[ModelStatistics]


class ServerMetadata(Struct):
    name: str
    version: str
    extensions: list[str]


class ServerLive(Struct):
    live: bool


class ServerReady(Struct):
    ready: bool


class ModelReady(Struct):
    name: str
    ready: bool


class ModelList(Struct):
    models: list[str]


class RepositoryIndex(Struct):
    ready: bool = False


class RepositoryParameters(Struct):
    config: Raw = Raw(b"null")
    unload_dependents: bool = False


class RepositoryChange(Struct):
    parameters: RepositoryParameters | None = None


class RepositoryModel(Struct):
    name: str
    version: str
    state: Literal["READY", "LOADING", "UNLOADING", "UNAVAILABLE"]
    reason: str


class Error(Struct):
    error: str
