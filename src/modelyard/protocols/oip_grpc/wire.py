"""The messages of `inference.GRPCInferenceService`, by field number.

They live in a descriptor pool of their own: clients such as tritonclient and KServe's each register a package
`inference` in the default one, and a second registration there would break whoever imports them beside us.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "inference"
SERVICE = f"{PACKAGE}.GRPCInferenceService"
Fields = Mapping[str, tuple[int, str]]

# A field is its number and its type; `[x]` is repeated, `{x}` a map from texts.
_SCALARS = {
    "bool": descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    "int32": descriptor_pb2.FieldDescriptorProto.TYPE_INT32,
    "int64": descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
    "uint32": descriptor_pb2.FieldDescriptorProto.TYPE_UINT32,
    "uint64": descriptor_pb2.FieldDescriptorProto.TYPE_UINT64,
    "float": descriptor_pb2.FieldDescriptorProto.TYPE_FLOAT,
    "double": descriptor_pb2.FieldDescriptorProto.TYPE_DOUBLE,
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    "bytes": descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
}
_REPEATED = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED
_OPTIONAL = descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL
_MESSAGE = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE

_NAMED: Fields = {"name": (1, "string"), "version": (2, "string")}
_PARAMETERS: Fields = {"parameters": (4, "{InferParameter}")}
_TENSOR: Fields = {
    "name": (1, "string"),
    "datatype": (2, "string"),
    "shape": (3, "[int64]"),
    **_PARAMETERS,
    "contents": (5, "InferTensorContents"),
}
# Triton's clients send the repository in field 1 and the model in field 2, KServe's the model in field 1.
_CHANGE: Fields = {"repository_name": (1, "string"), "model_name": (2, "string")}

MESSAGES: Mapping[str, Fields] = {
    "ServerLiveRequest": {},
    "ServerLiveResponse": {"live": (1, "bool")},
    "ServerReadyRequest": {},
    "ServerReadyResponse": {"ready": (1, "bool")},
    "ModelReadyRequest": _NAMED,
    "ModelReadyResponse": {"ready": (1, "bool")},
    "ServerMetadataRequest": {},
    "ServerMetadataResponse": {**_NAMED, "extensions": (3, "[string]")},
    "ModelMetadataRequest": _NAMED,
    "TensorMetadata": {"name": (1, "string"), "datatype": (2, "string"), "shape": (3, "[int64]")},
    "ModelMetadataResponse": {
        "name": (1, "string"),
        "versions": (2, "[string]"),
        "platform": (3, "string"),
        "inputs": (4, "[TensorMetadata]"),
        "outputs": (5, "[TensorMetadata]"),
    },
    "InferParameter": {
        "bool_param": (1, "bool"),
        "int64_param": (2, "int64"),
        "string_param": (3, "string"),
        "double_param": (4, "double"),
        "uint64_param": (5, "uint64"),
    },
    "InferTensorContents": {
        "bool_contents": (1, "[bool]"),
        "int_contents": (2, "[int32]"),
        "int64_contents": (3, "[int64]"),
        "uint_contents": (4, "[uint32]"),
        "uint64_contents": (5, "[uint64]"),
        "fp32_contents": (6, "[float]"),
        "fp64_contents": (7, "[double]"),
        "bytes_contents": (8, "[bytes]"),
    },
    "InferInputTensor": _TENSOR,
    "InferOutputTensor": _TENSOR,
    "InferRequestedOutputTensor": {"name": (1, "string"), "parameters": (2, "{InferParameter}")},
    "ModelInferRequest": {
        "model_name": (1, "string"),
        "model_version": (2, "string"),
        "id": (3, "string"),
        **_PARAMETERS,
        "inputs": (5, "[InferInputTensor]"),
        "outputs": (6, "[InferRequestedOutputTensor]"),
        "raw_input_contents": (7, "[bytes]"),
    },
    "ModelInferResponse": {
        "model_name": (1, "string"),
        "model_version": (2, "string"),
        "id": (3, "string"),
        **_PARAMETERS,
        "outputs": (5, "[InferOutputTensor]"),
        "raw_output_contents": (6, "[bytes]"),
    },
    "ModelStreamInferResponse": {"error_message": (1, "string"), "infer_response": (2, "ModelInferResponse")},
    "RepositoryIndexRequest": {"repository_name": (1, "string"), "ready": (2, "bool")},
    "ModelIndex": {"name": (1, "string"), "version": (2, "string"), "state": (3, "string"), "reason": (4, "string")},
    "RepositoryIndexResponse": {"models": (1, "[ModelIndex]")},
    "ModelRepositoryParameter": {
        "bool_param": (1, "bool"),
        "int64_param": (2, "int64"),
        "string_param": (3, "string"),
        "bytes_param": (4, "bytes"),
    },
    "RepositoryModelLoadRequest": {**_CHANGE, "parameters": (3, "{ModelRepositoryParameter}")},
    "RepositoryModelLoadResponse": {"model_name": (1, "string"), "isLoaded": (2, "bool")},
    "RepositoryModelUnloadRequest": _CHANGE,
    "RepositoryModelUnloadResponse": {"model_name": (1, "string"), "isUnloaded": (2, "bool")},
    "ConfigInput": {"name": (1, "string"), "data_type": (2, "int32"), "dims": (4, "[int64]")},
    "ConfigOutput": {"name": (1, "string"), "data_type": (2, "int32"), "dims": (3, "[int64]")},
    "ModelConfig": {
        "name": (1, "string"),
        "platform": (2, "string"),
        "input": (5, "[ConfigInput]"),
        "output": (6, "[ConfigOutput]"),
        "backend": (17, "string"),
    },
    "ModelStatisticsRequest": _NAMED,
    "StatisticDuration": {"count": (1, "uint64"), "ns": (2, "uint64")},
    "InferStatistics": {
        "success": (1, "StatisticDuration"),
        "fail": (2, "StatisticDuration"),
        "queue": (3, "StatisticDuration"),
        "compute_input": (4, "StatisticDuration"),
        "compute_infer": (5, "StatisticDuration"),
        "compute_output": (6, "StatisticDuration"),
        "cache_hit": (7, "StatisticDuration"),
        "cache_miss": (8, "StatisticDuration"),
    },
    "ModelStatistics": {
        **_NAMED,
        "last_inference": (3, "uint64"),
        "inference_count": (4, "uint64"),
        "execution_count": (5, "uint64"),
        "inference_stats": (6, "InferStatistics"),
    },
    "ModelStatisticsResponse": {"model_stats": (1, "[ModelStatistics]")},
    "ModelConfigRequest": _NAMED,
    "ModelConfigResponse": {"config": (1, "ModelConfig")},
}
_ONE_OF = dict.fromkeys(("InferParameter", "ModelRepositoryParameter"), "parameter_choice")


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="modelyard/inference.proto", package=PACKAGE, syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        if name in _ONE_OF:
            message.oneof_decl.add(name=_ONE_OF[name])
        for field, (number, kind) in fields.items():
            _add(message, field, number, kind)
    return file


def _add(message: Any, name: str, number: int, kind: str) -> None:
    bare = kind.strip("[]{}")
    field = message.field.add(name=name, number=number, label=_OPTIONAL if kind == bare else _REPEATED)
    if kind.startswith("{"):
        field.type = _MESSAGE
        field.type_name = _map_entry(message, name, bare)
    elif bare in _SCALARS:
        field.type = _SCALARS[bare]
    else:
        field.type = _MESSAGE
        field.type_name = f".{PACKAGE}.{bare}"
    if message.name in _ONE_OF:
        field.oneof_index = 0


def _map_entry(message: Any, name: str, value: str) -> str:
    """What a map is on the wire: repeated pairs."""
    entry = message.nested_type.add(name=f"{name.capitalize()}Entry")
    entry.options.map_entry = True
    _add(entry, "key", 1, "string")
    _add(entry, "value", 2, value)
    return f".{PACKAGE}.{message.name}.{entry.name}"


def _classes() -> Iterator[tuple[str, Any]]:
    pool = descriptor_pool.DescriptorPool()
    file = pool.AddSerializedFile(_file().SerializeToString())
    file = pool.FindFileByName("modelyard/inference.proto") if file is None else file
    for name, descriptor in file.message_types_by_name.items():
        yield name, message_factory.GetMessageClass(descriptor)


CLASSES: Mapping[str, Any] = dict(_classes())
"""The class of each message, by its name."""
