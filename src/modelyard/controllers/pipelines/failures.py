"""What is told of a try that did not succeed."""

import re

from modelyard.domain.task_launch import Ended

_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt|Warning)\b")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""What a notebook's kernel paints its tracebacks with."""


def said(ended: Ended) -> str:
    """How it ended, with the exception that it ended by, and then the end of what it printed."""
    detail, tail = ended.detail or f"The step ended with exit code {ended.code}", _COLOUR.sub("", ended.tail)
    lines = tail.rstrip().splitlines()
    if lines and _EXCEPTION.match(lines[-1]):
        detail = f"{detail}: {lines[-1]}"
    return f"{detail}\n{tail}" if tail else detail
