import pytest
from mlflow.exceptions import MlflowException

from modelyard.domain import errors
from modelyard.examples import tracking


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1:5000", "http://"])
def test_a_server_that_does_not_answer_is_told_at_once_with_what_to_do(url: str) -> None:
    with pytest.raises(errors.Unavailable, match="Start one with: modelyard up"):
        tracking.connect(url, "taxi", "mae", greater_is_better=False)


def test_a_refusal_of_the_server_is_told_in_our_words() -> None:
    with (
        pytest.raises(errors.Unavailable, match="server at http://yard: experiment is deleted"),
        tracking.translated_errors("http://yard"),
    ):
        raise MlflowException("experiment is deleted")
