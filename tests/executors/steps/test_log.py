import os
from pathlib import Path

from modelyard.executors.steps.log import StepLog, join, read, tail, write_line


def printed(path: Path, *parts: bytes, head: int = 100, segment: int = 50) -> None:
    log = StepLog(path, head, segment)
    for part in parts:
        os.write(log.sink, part)
        while read(path, 0)[0] == b"":  # each part arrives on its own
            pass
    log.close_sink()
    log.finish()


def everything(path: Path, offset: int = 0) -> bytes:
    found = b""
    while part := read(path, offset)[0]:
        found, offset = found + part, read(path, offset)[1]
    return found


def test_what_is_short_is_kept_whole(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write_line(path, "before it")
    printed(path, b"one\ntwo\n")
    assert everything(path) == b"before it\none\ntwo\n"
    assert everything(path, 10) == b"one\ntwo\n"
    assert read(path, 18) == (b"", 18)
    assert tail(path, 1) == ("two",)


def test_of_what_is_long_the_beginning_and_the_end_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "log"
    lines = b"".join(b"%09d\n" % number for number in range(40_000))
    printed(path, lines, head=80_000, segment=70_000)
    kept = sum(file.stat().st_size for file in tmp_path.iterdir())
    assert kept <= 80_000 + 2 * 70_000
    told = everything(path)
    assert told.startswith(lines[:60_000])
    assert told.endswith(lines[-60_000:])
    assert b"bytes were printed here and not kept" in told
    assert tail(path, 2) == ("000039998", "000039999")
    assert everything(path, len(lines) - 5) == lines[-5:]
    join(path)
    join(path)
    assert path.read_bytes() == told == everything(path)
    assert everything(path, len(lines) - 5) == lines[-5:]
    assert tail(path, 2) == ("000039998", "000039999")


def test_there_may_be_no_log(tmp_path: Path) -> None:
    assert read(tmp_path / "log", 0) == (b"", 0)
    assert tail(tmp_path / "log", 3) == ()
