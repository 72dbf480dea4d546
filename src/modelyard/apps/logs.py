"""Log lines: words for people, JSON for machines, the request's id in both."""

import logging
import re
import sys
import time
from typing import TextIO

import msgspec

from modelyard.apps.kinds import LogFormat, LogLevel, RequestLog
from modelyard.protocols.http import observe

_COLOURS = {logging.DEBUG: "2", logging.INFO: "36", logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "31"}
_encode = msgspec.json.Encoder(enc_hook=str).encode


# A path that somebody asks for must not look like a line of its own, nor change the terminal.
_CONTROL = re.compile(r"[\x00-\x08\n-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def configure(form: LogFormat, level: LogLevel, requests: RequestLog, stream: TextIO = sys.stderr) -> None:
    """Send everything the process logs to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if form is LogFormat.JSON else Lines(colours=stream.isatty()))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.getLogger("modelyard.access").setLevel(_request_level(form, requests))
    for talkative in ("httpx", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


def _request_level(form: LogFormat, requests: RequestLog) -> int:
    if requests is RequestLog.NONE:
        return logging.CRITICAL
    return logging.INFO if requests is RequestLog.ALL or form is LogFormat.JSON else logging.WARNING


class Lines(logging.Formatter):
    """`12:30:01 WARNING text [request id]`, coloured on a terminal."""

    def __init__(self, *, colours: bool) -> None:
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        level = f"{record.levelname:<7}"
        if self._colours:
            level = f"\x1b[{_COLOURS.get(record.levelno, '0')}m{level}\x1b[0m"
        asked = observe.request_id.get()
        said = _CONTROL.sub(_escaped, record.getMessage().rstrip())
        line = f"{clock} {level} {said}" + (f" [{asked}]" if asked else "")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request_id, and the record's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        milliseconds = int(record.msecs)
        line: dict[str, object] = {
            "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{milliseconds:03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _encodable(record.getMessage()),
        }
        asked = observe.request_id.get()
        if asked:
            line["request_id"] = asked
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = _encodable(self.formatException(record.exc_info))
        return _encode(line).decode()


def _escaped(control: re.Match[str]) -> str:
    return control[0].encode("unicode_escape").decode()


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()
