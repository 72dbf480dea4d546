from modelyard.formats import mlmodel
from modelyard.formats.inference import TensorSpec
from modelyard.serving.metadata import describe
from tests.support.saved_models import saved


def test_columns_are_described_as_tensors_of_any_length() -> None:
    metadata = describe(mlmodel.parse((saved() / "mixed" / "MLmodel").read_bytes()))
    assert metadata.platform == "mlflow_sklearn"
    assert metadata.inputs == (
        TensorSpec("n", "INT64", (-1,)),
        TensorSpec("price", "FP64", (-1,)),
        TensorSpec("city", "BYTES", (-1,)),
    )
    assert metadata.outputs == (TensorSpec("output-0", "FP64", (-1,)),)


def test_tensors_keep_their_shape() -> None:
    metadata = describe(mlmodel.parse((saved() / "tensor" / "MLmodel").read_bytes()))
    assert metadata.inputs == (TensorSpec("input-0", "FP64", (-1, 2)),)


def test_a_model_that_is_code_only_is_pyfunc() -> None:
    assert describe(mlmodel.parse((saved() / "odd" / "MLmodel").read_bytes())).platform == "mlflow_pyfunc"
