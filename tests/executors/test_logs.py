import os
from pathlib import Path

from modelyard.executors.logs import CappedLog


def written(log: CappedLog, *chunks: bytes) -> None:
    for chunk in chunks:
        os.write(log.sink, chunk)
    log.close_sink()
    log.finish()


def test_a_log_is_appended_to_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("before\n")
    log = CappedLog(tmp_path / "log")
    written(log, b"one\n", b"two\n")
    assert log.tail(10) == ("before", "one", "two")
    assert log.tail(1) == ("two",)


def test_a_log_never_grows_over_twice_its_cap(tmp_path: Path) -> None:
    log = CappedLog(tmp_path / "log", cap=100_000)
    written(log, *(b"x" * 999 + b"\n" for _ in range(1000)), b"last\n")
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes.keys() == {"log", "log.1"}
    assert max(sizes.values()) <= 100_000
    assert log.tail(2)[-1] == "last"


def test_a_tail_reaches_into_the_older_part(tmp_path: Path) -> None:
    log = CappedLog(tmp_path / "log")
    (tmp_path / "log.1").write_text("old\n")
    written(log, b"new\n")
    assert log.tail(2) == ("old", "new")


def test_a_log_is_for_its_owner_only(tmp_path: Path) -> None:
    written(CappedLog(tmp_path / "deep" / "log"), b"secret\n")
    assert (tmp_path / "deep" / "log").stat().st_mode & 0o777 == 0o600
