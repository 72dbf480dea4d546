import io
import json
import logging
from collections.abc import Iterator

import pytest

from modelyard.apps import logs
from modelyard.apps.kinds import LogFormat, LogLevel, RequestLog
from modelyard.protocols.http import observe


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root, access = logging.getLogger(), logging.getLogger("modelyard.access")
    before = root.handlers[:], root.level, access.level
    yield
    root.handlers[:], level, access_level = before
    root.setLevel(level)
    access.setLevel(access_level)


def configured(form: LogFormat, requests: RequestLog = RequestLog.AUTO) -> io.StringIO:
    stream = io.StringIO()
    logs.configure(form, LogLevel.INFO, requests, stream)
    return stream


def test_a_line_for_people_ends_with_the_request() -> None:
    stream = configured(LogFormat.HUMAN)
    observe.request_id.set("abc")
    logging.getLogger("modelyard").info("said %d", 1)
    assert stream.getvalue().endswith(" INFO    said 1 [abc]\n")


def test_what_strangers_make_us_log_stays_one_line_and_does_not_change_the_terminal() -> None:
    stream = configured(LogFormat.HUMAN)
    logging.getLogger("modelyard").info("GET %s", "/a\n12:00:00 INFO    all is well\r\x1b[2J\u2028\ud800")
    assert r" GET /a\n12:00:00 INFO    all is well\r\x1b[2J\u2028\ud800" in stream.getvalue()
    assert stream.getvalue().count("\n") == 1


def test_a_line_for_machines_is_written_whatever_is_in_it() -> None:
    stream = configured(LogFormat.JSON)
    try:
        "\ud800".encode()
    except UnicodeEncodeError:
        logging.getLogger("modelyard").exception("%s", "\udfff")
    line = json.loads(stream.getvalue())
    assert line["message"] == r"\udfff"
    assert "UnicodeEncodeError" in line["traceback"]


def test_a_line_for_machines_is_one_object_with_all_fields() -> None:
    stream = configured(LogFormat.JSON)
    observe.request_id.set("abc")
    try:
        int("broken")
    except ValueError:
        logging.getLogger("modelyard.x").exception("failed", extra={"fields": {"path": "/"}})
    [line] = stream.getvalue().splitlines()
    said = json.loads(line)
    assert (said["level"], said["logger"], said["message"]) == ("error", "modelyard.x", "failed")
    assert (said["request_id"], said["path"]) == ("abc", "/")
    assert said["traceback"].count("\n") > 1


@pytest.mark.parametrize(
    ("form", "requests", "info", "warning"),
    [
        (LogFormat.HUMAN, RequestLog.AUTO, False, True),
        (LogFormat.JSON, RequestLog.AUTO, True, True),
        (LogFormat.HUMAN, RequestLog.ALL, True, True),
        (LogFormat.JSON, RequestLog.NONE, False, False),
    ],
)
def test_which_requests_get_a_line(form: LogFormat, requests: RequestLog, info: bool, warning: bool) -> None:  # noqa: FBT001
    configured(form, requests)
    access = logging.getLogger("modelyard.access")
    assert (access.isEnabledFor(logging.INFO), access.isEnabledFor(logging.WARNING)) == (info, warning)
