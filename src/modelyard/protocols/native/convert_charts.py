"""Charts, ours to the wire's, pure."""

from modelyard.domain.charts import Bucket, Mark, Range
from modelyard.protocols.native import wire_charts as wire
from modelyard.protocols.native.convert import number
from modelyard.services import charts

_FARTHEST = 2**63 - 1


def within(start: int | None, end: int | None) -> Range | None:
    """None is all of a series; one end that is left open is as far as there can be points."""
    if start is None and end is None:
        return None
    return -_FARTHEST if start is None else start, _FARTHEST if end is None else end


def chart(one: charts.Chart) -> wire.Chart:
    return wire.Chart(
        run_id=one.run_id,
        key=one.key,
        total=one.drawn.total,
        exact=one.drawn.exact,
        points=[_mark(mark) for mark in one.drawn.marks],
        buckets=[_bucket(bucket) for bucket in one.drawn.buckets],
        times=list(one.drawn.times),
    )


def _bucket(one: Bucket) -> wire.Bucket:
    return wire.Bucket(
        start=one.start,
        end=one.end,
        count=one.count,
        first=_mark(one.first),
        last=_mark(one.last),
        min=None if one.lowest is None else _mark(one.lowest),
        max=None if one.highest is None else _mark(one.highest),
    )


def _mark(one: Mark) -> wire.Mark:
    return wire.Mark(one.x, number(one.value))
