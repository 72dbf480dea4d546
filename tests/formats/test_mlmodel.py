import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.formats.mlmodel import Column, TensorField, parse
from tests.support.saved_models import saved

FLAVORS = b"flavors:\n  python_function: {loader_module: x}\n"


def test_a_model_saved_by_mlflow_is_read() -> None:
    model = parse((saved() / "linear" / "MLmodel").read_bytes())
    assert set(model.flavors) == {"python_function", "sklearn"}
    assert model.inputs == (Column("a", "double"), Column("b", "double"))
    assert model.outputs == (TensorField(None, "float64", (-1,)),)
    assert model.input_example == "serving_input_example.json"
    assert model.model_uuid
    assert model.utc_time_created


def test_a_model_without_a_signature_is_read() -> None:
    model = parse((saved() / "bare" / "MLmodel").read_bytes())
    assert (model.has_signature, model.inputs, model.input_example) == (False, (), None)


def test_old_documents_say_optional_instead_of_required() -> None:
    signature = b"""signature: {inputs: '[{"name": "a", "type": "long", "optional": true}]'}\n"""
    assert parse(FLAVORS + signature).inputs == (Column("a", "long", required=False),)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "mapping"),
        (b"- 1", "mapping"),
        (b"run_id: 1", "no 'flavors'"),
        (b"flavors: [", "not valid YAML at line"),
        (b"flavors: {a: !!python/object:os.system {}}", "not valid YAML"),
        (FLAVORS + b"signature: 3", "'signature' must be"),
        (FLAVORS + b"signature: {inputs: '{'}", "signature.inputs"),
        (FLAVORS + b"signature: {outputs: '[1]'}", "signature.outputs"),
        (FLAVORS + b"""signature: {inputs: '[{"type": "tensor"}]'}""", "signature.inputs"),
        (b"\x00\xff", "not valid YAML"),
        (b"a: &a [1]\nb: [" + b"*a," * 30 + b"]", "aliases"),
        (b"[" * 100, "deeper"),
        (b"a: " + b"x" * (1 << 20), "over"),
    ],
)
def test_a_bad_document_is_refused_with_the_reason(document: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        parse(document)
