import pytest

from modelyard.domain.errors import TooLarge
from modelyard.formats.inference import Form, InferenceRequest, Tensor, parse_csv, parse_json
from tests.support.replicas import running

LIMIT = 3
SECONDS = 180.0
MATRIX = Tensor("input-0", "FP64", (4, 2), b"[1,2,3,4,5,6,7,8]")


@pytest.mark.parametrize(
    "request_",
    [
        parse_json(b'{"instances": [[1, 2], [1, 2], [1, 2], [1, 2]]}', positional=True),
        parse_json(b'{"inputs": {"a": [1, 2, 3, 4], "b": [1, 2, 3, 4]}}'),
        parse_csv(b"a,b\n1,2\n1,2\n1,2\n1,2\n"),
        InferenceRequest(Form.TENSORS, tensors=(MATRIX,)),
    ],
    ids=["instances", "inputs", "csv", "tensors"],
)
async def test_a_request_with_more_rows_than_the_limit_is_refused_and_the_next_is_answered(
    request_: InferenceRequest,
) -> None:
    async with running("linear", row_limit=LIMIT) as replica:
        with pytest.raises(TooLarge, match="4 rows, over the limit of 3"):
            await replica.client.infer(request_, SECONDS)
        three = parse_json(b'{"instances": [[1, 2], [1, 2], [1, 2]]}', positional=True)
        assert (await replica.client.infer(three, SECONDS)).predictions.count(b"8.0") == LIMIT
