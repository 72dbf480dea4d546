import asyncio
import threading
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from modelyard.domain.errors import InvalidInput, ModelyardError, NotFound, StartupError, Unavailable
from modelyard.storage import experiments
from modelyard.storage.database import Database, Transaction
from modelyard.storage.opening import open_database
from modelyard.storage.prepared import Prepared


def insert(transaction: Transaction, name: str) -> None:
    experiments.insert_one(transaction, 1, name, "", 0)


def count(transaction: Transaction) -> int:
    return int(transaction.execute(text("SELECT count(*) FROM experiments")).scalar_one())


async def test_a_read_sees_everything_that_was_acknowledged_before(database: Database) -> None:
    for number in range(20):
        await database.write(partial(insert, name=str(number)))
        assert await database.read(count) == number + 1


async def test_a_read_sees_one_moment_however_long_it_takes(database: Database) -> None:
    looked, go_on = threading.Event(), threading.Event()

    def twice(transaction: Transaction) -> tuple[int, int]:
        first = count(transaction)
        looked.set()
        go_on.wait()
        return first, count(transaction)

    reading = asyncio.create_task(database.read(twice))
    await asyncio.to_thread(looked.wait)
    await database.write(lambda transaction: insert(transaction, "meanwhile"))
    go_on.set()
    assert await reading == (0, 0)
    assert await database.read(count) == 1


async def test_readers_do_not_wait_for_the_writer(database: Database) -> None:
    writing, go_on = threading.Event(), threading.Event()

    def slowly(transaction: Transaction) -> None:
        insert(transaction, "slow")
        writing.set()
        go_on.wait()

    write = asyncio.create_task(database.write(slowly))
    await asyncio.to_thread(writing.wait)
    assert await database.read(count) == 0
    go_on.set()
    await write


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        await database.read(lambda transaction: insert(transaction, "sneaked in"))
    assert await database.read(count) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_postgresql_parses_and_plans_what_is_read_again_and_again_only_a_few_times(database: Database) -> None:
    def known(transaction: Transaction) -> int:
        asked = Prepared(text("SELECT count(*) FROM pg_prepared_statements"), transaction.dialect)
        ((number,),) = asked.rows(transaction, {})
        return int(number)

    def refused(transaction: Transaction) -> None:
        known(transaction)
        raise NotFound("as some reads end")

    for _ in range(50):
        with pytest.raises(NotFound):
            await database.read(refused)
    assert await database.read(known) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_reader_whose_connection_was_cut_reads_on_a_new_one(database: Database) -> None:
    def cut(transaction: Transaction) -> None:
        transaction.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Unavailable):
        await database.read(cut)
    assert await database.read(count) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_value_that_postgresql_cannot_take_is_bad_input(database: Database) -> None:
    with pytest.raises(InvalidInput, match="NUL"):
        await database.write(lambda transaction: insert(transaction, "a\0b"))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_text_too_long_for_an_index_of_postgresql_is_bad_input(database: Database) -> None:
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 5_000)))  # which no compression makes short
    refused = database.write(lambda transaction: insert(transaction, long))
    beside = database.write(lambda transaction: insert(transaction, "beside it"))
    outcomes = await asyncio.gather(refused, beside, return_exceptions=True)
    assert isinstance(outcomes[0], InvalidInput)
    assert outcomes[1] is None


@pytest.mark.parametrize("name", ["a\ud800b", "\udfff"])
async def test_half_a_character_is_bad_input(database: Database, name: str) -> None:
    with pytest.raises(InvalidInput, match="surrogates"):
        await database.write(lambda transaction: insert(transaction, name))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_number_over_64_bits_is_bad_input(database: Database) -> None:
    statement = text("SELECT :number").bindparams(number=2**64)
    with pytest.raises(InvalidInput, match="too large"):
        await database.read(lambda transaction: transaction.execute(statement).all())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_statement_over_the_limits_of_sqlite_is_bad_input(database: Database) -> None:
    statement = text("SELECT 1 FROM experiments" + " JOIN experiments" * 70)
    with pytest.raises(InvalidInput, match="at most 64 tables"):
        await database.read(lambda transaction: transaction.execute(statement).all())


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("no url", "not a database URL"),
        ("mysql://localhost/x", "mysql databases are not supported"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("postgresql://nobody@127.0.0.1:1/x", "cannot be opened"),
    ],
)
def test_what_cannot_be_a_database_is_refused_with_a_sentence(url: str, reason: str) -> None:
    with pytest.raises(StartupError, match=reason):
        open_database(url)


def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, today I learned that a database is a file. " * 20)
    before = path.read_bytes()
    with pytest.raises(StartupError, match="not a database"):
        open_database(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_directory_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="cannot be opened"):
        open_database(f"sqlite:///{tmp_path}")


def test_a_password_is_not_shown_in_a_refusal() -> None:
    with pytest.raises(StartupError) as caught:
        open_database("postgresql://nobody:s3cret@127.0.0.1:1/x")
    assert isinstance(caught.value, ModelyardError)
    assert "s3cret" not in str(caught.value)
