import base64
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.serving_options import PayloadLog, PayloadMode
from modelyard.formats.inference import Encoding, Form, InferenceRequest, InferenceResult, Tensor, parse_csv, parse_json
from modelyard.serving.payloads import log
from modelyard.serving.payloads.entry import Entry, request_text, response_text
from modelyard.serving.payloads.events import REQUEST, RESPONSE, events_of
from modelyard.serving.payloads.files import PayloadFiles
from modelyard.serving.payloads.log import PayloadRecorder
from modelyard.serving.payloads.newest import newest

ALL = PayloadLog(PayloadMode.ALL)
ASKED = parse_json(b'{"instances": [[1, 2]], "params": {"k": 1}}')
TOLD = InferenceResult("taxi", "3", b"[8.0]", prediction_id="p")


def told(prediction_id: str) -> InferenceResult:
    return replace(TOLD, prediction_id=prediction_id)


@dataclass(frozen=True)
class Served:
    endpoint: str = "taxi"
    revision: int = 7
    model_version: str = "3"


def rows(root: Path) -> list[dict[str, Any]]:
    return [row for file in sorted(root.rglob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def test_what_was_asked_and_answered_is_kept_with_its_id(tmp_path: Path) -> None:
    recorder = PayloadRecorder(PayloadFiles(tmp_path))
    recorder.record(Served(), ALL, ASKED, told("p-1"), 0.0125)
    recorder.record(Served(), ALL, ASKED, InvalidInput("Column 'a' is missing"), 0.001)
    recorder.close()
    first, second = rows(tmp_path)
    assert {key: first[key] for key in ("prediction_id", "endpoint", "revision", "model_version", "status")} == {
        "prediction_id": "p-1",
        "endpoint": "taxi",
        "revision": 7,
        "model_version": "3",
        "status": "ok",
    }
    assert (first["milliseconds"], first["message"]) == (12.5, None)
    assert json.loads(first["request"]) == {"instances": [[1, 2]], "params": {"k": 1}}
    assert json.loads(first["response"]) == {"predictions": [8.0]}
    assert (second["status"], second["message"]) == ("InvalidInput", "Column 'a' is missing")
    assert second["response"] is None


@pytest.mark.parametrize(
    ("mode", "request_kept", "response_kept"),
    [(PayloadMode.ALL, True, True), (PayloadMode.REQUEST, True, False), (PayloadMode.RESPONSE, False, True)],
)
def test_the_mode_says_which_side_is_kept(
    tmp_path: Path, mode: PayloadMode, *, request_kept: bool, response_kept: bool
) -> None:
    recorder = PayloadRecorder(PayloadFiles(tmp_path))
    recorder.record(Served(), PayloadLog(mode), ASKED, TOLD, 0.0)
    recorder.record(Served(), PayloadLog(PayloadMode.NONE), ASKED, TOLD, 0.0)
    recorder.close()
    (row,) = rows(tmp_path)
    assert (row["request"] is not None, row["response"] is not None) == (request_kept, response_kept)


def test_a_share_of_requests_is_kept(tmp_path: Path) -> None:
    recorder = PayloadRecorder(PayloadFiles(tmp_path))
    for _ in range(2000):
        recorder.record(Served(), PayloadLog(PayloadMode.ALL, share=0.25), ASKED, TOLD, 0.0)
    recorder.close()
    assert 390 <= len(rows(tmp_path)) <= 610  # five standard deviations


class Stuck(PayloadFiles):
    """A disk that takes nothing until it is let go."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.go = threading.Event()

    def write(self, entries: Sequence[Entry]) -> None:
        self.go.wait()
        super().write(entries)


def test_a_slow_disk_costs_entries_and_not_requests(tmp_path: Path) -> None:
    files = Stuck(tmp_path)
    recorder = PayloadRecorder(files)
    for _ in range(log.MOST_ENTRIES + 3 * log.FLUSH_ENTRIES):
        recorder.record(Served(), ALL, ASKED, TOLD, 0.0)
    files.go.set()
    recorder.close()
    assert recorder.dropped["taxi"] >= 2 * log.FLUSH_ENTRIES
    assert recorder.written["taxi"] + recorder.dropped["taxi"] == log.MOST_ENTRIES + 3 * log.FLUSH_ENTRIES
    assert len(rows(tmp_path)) == recorder.written["taxi"]


def test_a_disk_that_fails_is_counted(tmp_path: Path) -> None:
    (tmp_path / "payloads").write_text("not a folder")
    recorder = PayloadRecorder(PayloadFiles(tmp_path / "payloads"))
    recorder.record(Served(), ALL, ASKED, TOLD, 0.0)
    recorder.close()
    assert recorder.dropped == {"taxi": 1}


def test_the_oldest_files_make_room(tmp_path: Path) -> None:
    files = PayloadFiles(tmp_path, most=12_000)
    for at in range(20):
        files.write([Entry(at * 1000, str(at), "taxi", 1, "1", "ok", "", 0.0, ASKED, TOLD)])
    kept = [row["prediction_id"] for row in rows(tmp_path)]
    assert kept[-1] == "19"
    assert 1 <= len(kept) < 20
    assert sum(file.stat().st_size for file in tmp_path.rglob("*.parquet")) <= 12_000


RAW = Tensor("x", "FP64", (1,), b"12345678", Encoding.RAW)


@pytest.mark.parametrize(
    ("request_", "document"),
    [
        (
            InferenceRequest(Form.TENSORS, tensors=(Tensor("x", "FP64", (2,), b"[1.5,2]"),)),
            {"inputs": [{"name": "x", "datatype": "FP64", "shape": [2], "data": [1.5, 2]}]},
        ),
        (
            InferenceRequest(Form.TENSORS, tensors=(RAW,)),
            {
                "inputs": [
                    {
                        "name": "x",
                        "datatype": "FP64",
                        "shape": [1],
                        "base64": base64.b64encode(b"12345678").decode(),
                    }
                ]
            },
        ),
        (parse_csv(b"a\n1\n"), {"content_type": "text/csv", "base64": base64.b64encode(b"a\n1\n").decode()}),
        (parse_json(b'{"dataframe_records": [{"a": 1}]}'), {"dataframe_records": [{"a": 1}]}),
    ],
)
def test_every_form_has_a_text(request_: InferenceRequest, document: object) -> None:
    assert json.loads(request_text(request_)) == document


def test_an_entry_is_two_events_with_the_same_id() -> None:
    entry = Entry(1_700_000_000_123, "p-1", "taxi", 7, "3", "ok", "", 0.01, ASKED, TOLD)
    asked, told = events_of(entry, PayloadMode.ALL, "http://yard/endpoints/taxi")
    assert dict(asked.headers)["ce-type"] == REQUEST
    assert dict(told.headers) == {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "p-1",
        "ce-type": RESPONSE,
        "ce-source": "http://yard/endpoints/taxi",
        "ce-time": "2023-11-14T22:13:20.123Z",
        "ce-inferenceservicename": "taxi",
        "ce-component": "predictor",
        "ce-endpoint": "7",
    }
    assert told.body.decode() == response_text(TOLD)
    assert [dict(one.headers)["ce-type"] for one in events_of(entry, PayloadMode.REQUEST, "s")] == [REQUEST]


def test_the_newest_are_read_first_whatever_file_they_are_in(tmp_path: Path) -> None:
    files = PayloadFiles(tmp_path)
    for day in range(3):
        entries = [
            Entry(1_700_000_000_000 + day * 86_400_000 + at, f"{day}.{at}", "taxi", 7, "3", "ok", "", 0.5, ASKED, TOLD)
            for at in range(3)
        ]
        files.write(entries)
    (tmp_path / "taxi" / "2023-11-17").mkdir()
    (tmp_path / "taxi" / "2023-11-17" / ".half.parquet").write_bytes(b"not yet")
    kept = newest(tmp_path, "taxi", 5)
    assert [one.prediction_id for one in kept] == ["2.2", "2.1", "2.0", "1.2", "1.1"]
    assert (kept[0].at, kept[0].milliseconds, kept[0].status) == (1_700_172_800_002, 500.0, "ok")
    assert kept[0].response == '{"predictions":[8.0]}'
    assert newest(tmp_path, "nobody", 5) == []


def test_long_payloads_are_shown_in_part(tmp_path: Path) -> None:
    long = parse_json(b'{"instances": [[' + b"1," * 9000 + b"1]]}")
    PayloadFiles(tmp_path).write([Entry(1, "p", "taxi", 7, "3", "InvalidInput", "no", 0.5, long, None)])
    [one] = newest(tmp_path, "taxi", 5)
    assert (len(str(one.request)), one.response, one.message) == (10_001, None, "no")
