import pytest

from modelyard.domain.errors import InvalidInput, TooLarge
from modelyard.domain.principals import LOCAL_OWNER
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.errors import MalformedBody
from modelyard.protocols.http.request import Request
from modelyard.protocols.mlflow import lenient, parsing
from modelyard.protocols.mlflow.wire.experiments import SearchExperiments
from modelyard.protocols.mlflow.wire.metrics import GetMetricHistoryBulkInterval, LogMetric
from modelyard.protocols.mlflow.wire.runs import OfRun

POINT = b'{"run_uuid":"r","run_id":"r","key":"loss","value":0.5,"timestamp":7,"step":3}'


def call(
    body: bytes = b"", method: str = "POST", content_type: str = "application/json", query: str = ""
) -> Call[None]:
    headers = {"content-type": content_type} if content_type else {}
    request = Request(method, "/", query.encode(), headers, lambda _: None)
    request.feed(body)
    request.end()
    return Call(None, LOCAL_OWNER, request, {}, "id")


async def test_a_stock_clients_message_is_read_by_one_decode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(lenient, "from_json")
    read = await parsing.body(call(POINT), LogMetric)
    assert (read.run_id, read.key, read.value, read.timestamp, read.step) == ("r", "loss", 0.5, 7, 3)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
async def test_a_body_that_does_not_say_it_is_json_is_refused(content_type: str) -> None:
    with pytest.raises(InvalidInput, match=r"^Bad Request\. Content-Type"):
        await parsing.body(call(POINT, content_type=content_type), LogMetric)


async def test_a_charset_after_the_content_type_is_fine() -> None:
    read = await parsing.body(call(POINT, content_type="Application/JSON; charset=utf-8"), LogMetric)
    assert read.key == "loss"


async def test_delete_needs_no_content_type() -> None:
    read = await parsing.body(call(b'{"run_id":"r"}', method="DELETE", content_type=""), OfRun)
    assert read.run_id == "r"


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"\xff\xfe", b'"{}"'])
async def test_a_broken_body_is_an_empty_object(body: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"^Missing value for required parameter 'run_id'\. See the API docs"):
        await parsing.body(call(body), LogMetric)


@pytest.mark.parametrize("body", [b"[]", b"3", b"true"])
async def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedBody, match="must be a JSON object"):
        await parsing.body(call(body), LogMetric)


async def test_a_body_that_was_encoded_twice_is_read() -> None:
    read = await parsing.body(call(b'"{\\"run_id\\":\\"r\\"}"'), OfRun)
    assert read.run_id == "r"


@pytest.mark.parametrize("depth", [b"[" * 100_000, b'{"a":' * 100_000])
@pytest.mark.parametrize("field", [b"unknown", b"key"])
async def test_a_deep_document_is_refused(field: bytes, depth: bytes) -> None:
    with pytest.raises(InvalidInput):
        await parsing.body(call(b'{"' + field + b'":' + depth), LogMetric)


async def test_a_deep_well_formed_document_is_refused_too() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(MalformedBody, match="nested too deeply"):
        await parsing.body(call(b'{"unknown":' + deep + b"}"), LogMetric)


async def test_a_large_body_is_refused() -> None:
    with pytest.raises(TooLarge):
        await parsing.body(call(POINT), LogMetric, limit=len(POINT) - 1)


def test_a_single_occurrence_of_a_repeated_parameter_is_a_list() -> None:
    read = parsing.query(call(method="GET", query="run_ids=a&metric_key=loss"), GetMetricHistoryBulkInterval)
    assert read.run_ids == ("a",)


def test_parameters_of_a_query_are_read_by_type() -> None:
    sent = "run_ids=a&run_ids=b&metric_key=loss&start_step=-1&end_step=9&unknown=1"
    read = parsing.query(call(method="GET", query=sent), GetMetricHistoryBulkInterval)
    assert (read.run_ids, read.start_step, read.end_step, read.max_results) == (("a", "b"), -1, 9, 2500)


def test_a_missing_parameter_of_a_query_is_named() -> None:
    with pytest.raises(InvalidInput, match="Missing value for required parameter 'metric_key'"):
        parsing.query(call(method="GET", query="run_ids=a&metric_key="), GetMetricHistoryBulkInterval)


def test_the_old_name_of_a_runs_id_is_read_from_queries() -> None:
    assert parsing.query(call(method="GET", query="run_uuid=r"), OfRun).run_id == "r"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_message_may_come_as_query_or_as_body(method: str) -> None:
    sent = call(b'{"max_results":5}', method=method, query="max_results=5")
    read = await parsing.message(sent, SearchExperiments)
    assert read.max_results == 5
