import math

import pytest

from modelyard.domain.imports import Unreadable
from modelyard.domain.runs import RunStatus
from modelyard.formats import mlruns

RUN = {"run_id": "r1", "experiment_id": "0", "status": 3, "start_time": 5, "end_time": 9, "user_id": "me"}


def test_a_metric_file_of_any_age_is_read() -> None:
    lines = ["1 0.5\n", "2 nan 3\n", "3 -inf -4\n", "4 1e-3 5 data abc\n", "\n"]
    [points] = mlruns.points(lines)
    read = [(step, timestamp, "nan" if math.isnan(value) else value) for step, timestamp, value in points]
    assert read == [(0, 1, 0.5), (3, 2, "nan"), (-4, 3, -math.inf), (5, 4, 0.001)]


def test_long_metric_files_come_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlruns, "MOST_POINTS", 2)
    assert [len(piece) for piece in mlruns.points(["1 1 1"] * 5)] == [2, 2, 1]


@pytest.mark.parametrize("line", ["", "1", "x 1 1", "1 y 1", "1 1 z", f"{2**70} 1 1"])
def test_a_metric_line_that_cannot_be_read_is_named(line: str) -> None:
    if not line:
        assert list(mlruns.points([line])) == []
        return
    with pytest.raises(Unreadable, match="line 2 is"):
        list(mlruns.points(["1 1 1", line]))


def test_a_models_metric_says_which_run_and_dataset_it_is_of() -> None:
    [plain, about] = mlruns.model_metrics("acc", ["7 0.5 1 r1", "8 0.6 2 r1 data abc"])
    assert (plain.run_id, plain.dataset_name) == ("r1", "")
    assert (about.value, about.timestamp, about.step, about.dataset_digest) == (0.6, 8, 2, "abc")
    with pytest.raises(Unreadable, match="line 1"):
        list(mlruns.model_metrics("acc", ["7 0.5 1"]))


def test_a_run_takes_its_name_from_its_tag() -> None:
    run = mlruns.run({**RUN, "run_name": "old"}, "0", "r1", {}, {"mlflow.runName": "new"}).run
    assert (run.name, run.status, run.ended_at) == ("new", RunStatus.FINISHED, 9)


def test_a_run_of_an_old_mlflow_is_read() -> None:
    old = {"run_uuid": "r1", "experiment_id": 0, "name": "", "start_time": 5, "end_time": None, "tags": []}
    run = mlruns.run(old, "0", "r1", {}, {}).run
    assert (run.status, run.lifecycle, run.ended_at, run.user) == (RunStatus.RUNNING, "active", None, "")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": 9}, "status"),
        ({"run_id": "r2"}, "its folder is 'r1'"),
        ({"start_time": "soon"}, "start_time"),
        ({"lifecycle_stage": "lost"}, "lifecycle_stage"),
    ],
)
def test_an_odd_field_of_a_run_is_named(change: dict[str, object], said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        mlruns.run({**RUN, **change}, "0", "r1", {}, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [(b"", "empty"), (b"a: b: c", "line 1"), (b"- 1", "mapping"), (b"a: !!python/object:os.x {}", "YAML")],
)
def test_a_document_that_is_none_says_so(text: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        mlruns.document(text)


@pytest.mark.parametrize(
    ("source", "model_id"),
    [("models:/m-1f", "m-1f"), ("models:/net/1", ""), ("models:/m-1@x", ""), ("runs:/m-1", ""), ("", "")],
)
def test_a_source_may_name_a_logged_model(source: str, model_id: str) -> None:
    assert mlruns.named_model(source) == model_id
