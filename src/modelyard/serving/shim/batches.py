"""Requests that wait are predicted together where that cannot be told from predicting them one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from .asked import Asked
from .failures import WrongRows
from .outputs import Columns, is_frame


class Job:
    """A request that has been read and waits. Only jobs with equal keys join; None joins nobody."""

    __slots__ = ("asked", "connection", "deadline", "key", "number", "rows", "value")

    def __init__(self, connection: Any, number: int, deadline: float, asked: Asked, value: Any) -> None:
        self.connection = connection
        self.number = number
        self.deadline = deadline
        self.asked = asked
        self.value = value
        self.key, self.rows = joinable(asked, value)


def joinable(asked: Asked, value: Any) -> tuple[Any, int]:
    """What a value has in common with those it can be joined to, and how many rows it brings."""
    if asked.verb != "predict":
        return None, 0
    if isinstance(value, np.ndarray):
        return (asked.params, value.dtype.str, value.shape[1:]) if value.ndim else None, len(value) if value.ndim else 0
    if isinstance(value, dict):
        sizes = {len(one) if isinstance(one, np.ndarray) and one.ndim else -1 for one in value.values()}
        if len(sizes) != 1 or -1 in sizes:
            return None, 0
        kinds = tuple((name, one.dtype.str, one.shape[1:]) for name, one in value.items())
        return (asked.params, kinds), sizes.pop()
    if is_frame(value):
        numbered = getattr(value.index, "start", None) == 0  # else the request has an index of its own
        columns = [*map(str, value.columns), *map(str, value.dtypes)]
        return (asked.params, *columns) if numbered else None, len(value)
    return None, 0


def take(waiting: deque[Job], most_rows: int) -> list[Job]:
    """The job that has waited longest and those that can join it; the others stay in their order."""
    first = waiting.popleft()
    taken, rows = [first], first.rows
    if first.key is None or not waiting:
        return taken
    left = []
    while waiting and rows < most_rows:
        job = waiting.popleft()
        if job.key == first.key and rows + job.rows <= most_rows:
            taken.append(job)
            rows += job.rows
        else:
            left.append(job)
    waiting.extendleft(reversed(left))
    return taken


def joined(values: Sequence[Any]) -> Any:
    first = values[0]
    if len(values) == 1:
        return first
    if isinstance(first, np.ndarray):
        return np.concatenate(values)
    if isinstance(first, dict):
        return {name: np.concatenate([one[name] for one in values]) for name in first}
    import pandas as pd

    return pd.concat(values, ignore_index=True)


def split(answer: Any, rows: Sequence[int]) -> list[Any]:
    """Each job's part of the answer. Raises WrongRows when there is not one answer for each row."""
    if len(rows) == 1:
        return [answer]
    if isinstance(answer, dict):
        parts = {name: split(value, rows) for name, value in answer.items()}
        kind = Columns if isinstance(answer, Columns) else dict
        return [kind({name: parts[name][place] for name in parts}) for place in range(len(rows))]
    length = _length(answer)
    if length != sum(rows):
        raise WrongRows(f"the model answered {sum(rows)} rows with {length}")
    cut, start = [], 0
    for count in rows:
        cut.append(answer.iloc[start : start + count] if hasattr(answer, "iloc") else answer[start : start + count])
        start += count
    return cut


def _length(answer: Any) -> Any:
    if isinstance(answer, (list, tuple)):
        return len(answer)
    shape = getattr(answer, "shape", None)
    return shape[0] if shape else "something that has none"
