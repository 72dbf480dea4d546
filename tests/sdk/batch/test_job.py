"""Files through an endpoint of a real server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelyard.domain.errors import InvalidInput, InvalidState
from modelyard.sdk.batch.job import predict_file
from modelyard.sdk.client import Client
from tests.support.command_line import run
from tests.support.conditions import await_until
from tests.support.stocked import MODEL, Stocked

ENDPOINT = "batch-tests"
ROWS = 2500


class Counting(Client):
    """Counts what it asks."""

    asked = 0

    def predict_bytes(self, name: str, body: bytes, content_type: str) -> object:
        self.asked += 1
        return super().predict_bytes(name, body, content_type)


@pytest.fixture(scope="module")
def served(stocked: Stocked) -> Iterator[str]:
    with Client(stocked.url) as client:
        client.deploy(f"models:/{MODEL}@champion", ENDPOINT)
        yield stocked.url
        client.undeploy(ENDPOINT)


@pytest.fixture
def client(served: str) -> Iterator[Counting]:
    with Counting(served) as one:
        yield one


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """2,500 rows, of which 2a + 3b is asked."""
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": [float(at) for at in range(ROWS)], "b": [1.0] * ROWS, "note": ["x"] * ROWS}), path)
    return path


def predictions(path: Path) -> list[float]:
    answers: list[float] = pq.read_table(path)["prediction"].to_pylist()
    return answers


def test_every_row_gets_its_prediction_in_order(client: Counting, source: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    finished = predict_file(
        client, ENDPOINT, source, tmp_path / "out.parquet", progress=lambda *told: seen.append(told)
    )
    assert (finished.rows, finished.bad, finished.refused) == (ROWS, 0, None)
    assert predictions(tmp_path / "out.parquet") == pytest.approx([2 * at + 3 for at in range(ROWS)])
    assert pq.read_table(tmp_path / "out.parquet").column_names == ["a", "b", "note", "prediction"]
    assert seen[-1] == (ROWS, ROWS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.parquet", "rows.parquet"]


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_other_files_are_read_too(client: Counting, tmp_path: Path, ending: str) -> None:
    text = {".csv": "a,b\n1,2\n3,4\n", ".jsonl": '{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n'}[ending]
    (tmp_path / f"rows{ending}").write_text(text)
    predict_file(client, ENDPOINT, tmp_path / f"rows{ending}", tmp_path / "out.parquet")
    assert predictions(tmp_path / "out.parquet") == pytest.approx([8, 18])


def test_a_job_that_broke_off_goes_on_where_it_was(client: Counting, source: Path, tmp_path: Path) -> None:
    def interrupt(done: int, _: int | None) -> None:
        if done >= 500:
            raise KeyboardInterrupt

    output = tmp_path / "out.parquet"
    with pytest.raises(KeyboardInterrupt):
        predict_file(client, ENDPOINT, source, output, rows=100, progress=interrupt)
    assert not output.exists()
    kept = len(list((tmp_path / "out.parquet.parts").glob("*.parquet")))
    assert 5 <= kept < 25
    client.asked = 0
    predict_file(client, ENDPOINT, source, output, rows=100)
    assert client.asked == 25 - kept
    assert predictions(output) == pytest.approx([2 * at + 3 for at in range(ROWS)])


def test_rows_that_the_model_refuses_go_to_a_file_of_their_own(client: Counting, tmp_path: Path) -> None:
    source, output = tmp_path / "rows.parquet", tmp_path / "out.parquet"
    values = [None if at in {3, 47} else float(at) for at in range(60)]
    pq.write_table(pa.table({"a": values, "b": [0.0] * 60}), source)
    finished = predict_file(client, ENDPOINT, source, output, rows=20)
    assert (finished.rows, finished.bad) == (58, 2)
    assert predictions(output) == pytest.approx([2 * at for at in range(60) if at not in {3, 47}])
    assert finished.refused is not None
    refused = [json.loads(line) for line in finished.refused.read_text().splitlines()]
    assert [(one["row"], one["values"]["b"]) for one in refused] == [(3, 0.0), (47, 0.0)]
    assert all("NaN" in one["message"] for one in refused)


def test_a_file_that_does_not_fit_the_model_at_all_ends_the_job(client: Counting, tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1.0] * 8}), tmp_path / "rows.parquet")
    with pytest.raises(InvalidInput, match=r"Every one of the first 8 rows was refused: .*'a' is missing"):
        predict_file(client, ENDPOINT, tmp_path / "rows.parquet", tmp_path / "out.parquet")


def test_parts_of_another_job_are_not_mixed_in(client: Counting, source: Path, tmp_path: Path) -> None:
    (tmp_path / "out.parquet.parts").mkdir()
    (tmp_path / "out.parquet.parts" / "plan.json").write_text('{"model": "another"}')
    with pytest.raises(InvalidState, match="has parts of another job"):
        predict_file(client, ENDPOINT, source, tmp_path / "out.parquet")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.parquet", b"PAR1 and nothing else", "cannot be read"),
        ("rows.xlsx", b"", r"must end in \.parquet, \.csv"),
        ("missing.parquet", None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    client: Counting, tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput, match=message):
        predict_file(client, ENDPOINT, tmp_path / name, tmp_path / "out.parquet")


def endpoints(url: str) -> set[str]:
    """Those that are to stay."""
    with Client(url) as client:
        return {one.name for one in client.endpoints() if one.status.phase != "Removing"}


def test_the_command_serves_a_model_by_its_uri_meanwhile(served: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n3,4\n")
    output = tmp_path / "out.parquet"
    arguments = ("batch", f"models:/{MODEL}/1", "--input", str(tmp_path / "rows.csv"), "--output", str(output))
    before = endpoints(served)
    ended = run(*arguments, env={"MODELYARD_URL": served})
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"{output}: 2 rows with predictions\n"
    assert predictions(output) == pytest.approx([8, 18])
    await_until(lambda: endpoints(served) == before)
