import gzip
import json
from collections.abc import AsyncIterator

import pytest

from modelyard.protocols.http.compression import LEAST
from modelyard.protocols.http.dispatcher import Dispatcher
from tests.support.gateway import served_by
from tests.support.raw_http import RawClient, raw_client

TAKES = "Accept-Encoding: gzip, deflate, br"


@pytest.fixture
async def url(dispatcher: Dispatcher) -> AsyncIterator[str]:
    async with served_by(dispatcher) as where:
        yield where


@pytest.fixture
async def afar(url: str) -> AsyncIterator[RawClient]:
    """A client with another address than the server's."""
    async with raw_client(url, "127.0.0.2") as client:
        yield client


async def test_a_large_answer_to_another_machine_is_compressed(afar: RawClient) -> None:
    answer = await afar.get(f"/listing?size={LEAST}", TAKES)
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "accept-encoding")
    assert len(answer.body) < LEAST / 4
    assert json.loads(gzip.decompress(answer.body)) == "x" * LEAST


@pytest.mark.parametrize(
    ("size", "accepts"),
    [
        (LEAST // 2, TAKES),
        (LEAST, "X-Nothing: said"),
        (LEAST, "Accept-Encoding: identity"),
        (LEAST, "Accept-Encoding: br, gzip;q=0"),
        (LEAST, "Accept-Encoding: gzip; q=0.0"),
    ],
)
async def test_small_answers_and_those_to_who_does_not_take_gzip_are_not(
    afar: RawClient, size: int, accepts: str
) -> None:
    answer = await afar.get(f"/listing?size={size}", accepts)
    assert "content-encoding" not in answer.headers
    assert json.loads(answer.body) == "x" * size


async def test_within_a_machine_nothing_is_compressed(url: str) -> None:
    async with raw_client(url) as near:
        assert "content-encoding" not in (await near.get(f"/listing?size={LEAST}", TAKES)).headers
