import sys

from modelyard.domain import names
from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.pages import PageRequest
from modelyard.protocols.http.call import Call
from modelyard.protocols.http.reply import Reply, json_reply
from modelyard.protocols.mlflow import parsing
from modelyard.protocols.mlflow.convert import metrics as convert
from modelyard.protocols.mlflow.replies import NOTHING
from modelyard.protocols.mlflow.state import MlflowState
from modelyard.protocols.mlflow.wire import metrics as wire

MOST_RUNS = 100
MOST_POINTS = 25_000
MOST_SAMPLES = 2500


async def log_metric(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.LogMetric)
    await call.state.run_log.log(call.principal, sent.run_id, convert.point(sent), numbered=False)
    return NOTHING


async def log_batch(call: Call[MlflowState]) -> Reply:
    sent = await parsing.body(call, wire.LogBatch)
    names.run_id(sent.run_id)
    await call.state.run_log.log(call.principal, sent.run_id, convert.batch(sent))
    return NOTHING


async def history(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.GetMetricHistory)
    whole = sent.max_results is None and not sent.page_token
    page = None if whole else PageRequest(_limit(sent.max_results), sent.page_token or None)
    try:
        found = await call.state.series.history(call.principal, sent.run_id, sent.metric_key, page)
    except NotFound:
        return NOTHING  # to MLflow, a run that does not exist has no points
    return json_reply(convert.history(found))


async def bulk(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.GetMetricHistoryBulk)
    if not sent.run_id:
        raise InvalidInput("GetMetricHistoryBulk request must specify at least one run_id.")
    if sent.metric_key is None:
        raise InvalidInput("GetMetricHistoryBulk request must specify a metric_key.")
    if len(sent.run_id) > MOST_RUNS:
        raise InvalidInput(
            f"GetMetricHistoryBulk request cannot specify more than {MOST_RUNS} run_ids. "
            f"Received {len(sent.run_id)} run_ids."
        )
    found = await call.state.series.bulk(call.principal, sent.run_id, sent.metric_key)
    most = MOST_POINTS if sent.max_results < 0 else min(sent.max_results, MOST_POINTS)
    return json_reply(convert.histories(found, most))


async def sampled(call: Call[MlflowState]) -> Reply:
    sent = parsing.query(call, wire.GetMetricHistoryBulkInterval)
    if len(sent.run_ids) > MOST_RUNS:
        raise InvalidInput(
            f"GetMetricHistoryBulkInterval request must specify at most {MOST_RUNS} run_ids. "
            f"Received {len(sent.run_ids)} run_ids."
        )
    if not 1 <= sent.max_results <= MOST_SAMPLES:
        raise InvalidInput(f"max_results must be between 1 and {MOST_SAMPLES}.")
    steps = _interval(sent)
    found = await call.state.series.bulk(call.principal, sent.run_ids, sent.metric_key)
    return json_reply(convert.samples(found, sent.run_ids, steps, sent.max_results))


def _limit(max_results: int | None) -> int:
    return sys.maxsize if max_results is None else max_results


def _interval(sent: wire.GetMetricHistoryBulkInterval) -> tuple[int, int] | None:
    if sent.start_step is None and sent.end_step is None:
        return None
    if sent.start_step is None or sent.end_step is None:
        raise InvalidInput("If either start step or end step are specified, both must be specified.")
    if sent.start_step > sent.end_step:
        raise InvalidInput(
            "end_step must be greater than start_step. "
            f"Found start_step={sent.start_step} and end_step={sent.end_step}."
        )
    return sent.start_step, sent.end_step
