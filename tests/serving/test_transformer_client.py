"""A transformer's client in front of programs that do not behave: what they write to the socket is written here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from modelyard.domain.errors import (
    DeadlineExceeded,
    InvalidInput,
    ModelyardError,
    NotSupported,
    Overloaded,
    PredictionFailed,
    TooLarge,
    Unavailable,
)
from modelyard.formats.inference import Encoding, Form, InferenceRequest, Tensor, Verb, Wanted
from modelyard.serving.replica_client import ReplicaLost
from modelyard.serving.transformer_client import TransformerClient

ROWS = InferenceRequest(Form.INSTANCES, b"[[1]]")
TENSORS = InferenceRequest(Form.TENSORS, tensors=(Tensor("x", "FP64", (1,), b"[1]"),))
MOST = 100_000
SOON = 60.0
HANG = b"nothing"


def http(body: bytes, status: str = "200 OK", content_type: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def outputs(data: str, shape: str = "[2]", datatype: str = "FP64") -> bytes:
    tensor = f'{{"name":"y","shape":{shape},"datatype":"{datatype}","data":{data}}}'
    return http(f'{{"outputs":[{tensor}]}}'.encode())


@asynccontextmanager
async def saying(
    *answers: bytes, look: float = SOON, ends: int = 0
) -> AsyncIterator[tuple[TransformerClient, list[bytes]]]:
    """A client of a program that writes these to its connections, one each, and what it was asked.

    The last one is written from then on; a connection is closed after its answer, unless that is to hang. After so many
    as `ends` says, nobody listens any more.
    """
    asked: list[bytes] = []
    ended: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(asyncio.current_task())  # type: ignore[arg-type]
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if len(asked) == ends - 1:
                server.close()
            head = await reader.readuntil(b"\r\n\r\n")
            answer = answers[min(len(asked), len(answers) - 1)]
            asked.append(head)
            if answer is HANG:
                await reader.read()
            else:
                writer.write(answer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = TransformerClient(server.sockets[0].getsockname()[1], "taxi", MOST, look)
    try:
        yield client, asked
    finally:
        await client.close()
        server.close()
        await asyncio.gather(*ended)


BROKEN = (
    b"",
    b"what is this\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Le",
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n{",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000,
)


async def test_an_answer_that_is_none_is_the_programs_failure_and_not_its_end() -> None:
    async def refused(answer: bytes) -> None:
        async with saying(answer) as (client, asked):
            with pytest.raises(PredictionFailed, match="broke off its answer"):
                await client.infer(ROWS, SOON)
            assert len(asked) == 2

    await asyncio.gather(*map(refused, BROKEN))


async def test_an_answer_that_breaks_off_once_is_asked_for_again() -> None:
    async with saying(BROKEN[3], http(b'{"predictions":[1]}')) as (client, _):
        assert (await client.infer(ROWS, SOON)).predictions == b"[1]"


@pytest.mark.parametrize("ends", [1, 2])
async def test_one_that_ends_while_it_answers_is_lost(ends: int) -> None:
    async with saying(b"", ends=ends) as (client, asked):
        with pytest.raises(ReplicaLost):
            await client.infer(ROWS, SOON)
        assert len(asked) == ends


async def test_nobody_who_listens_is_lost() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    client = TransformerClient(port, "taxi")
    with pytest.raises(ReplicaLost):
        await client.infer(ROWS, SOON)
    await client.close()


async def test_an_answer_that_does_not_end_is_read_up_to_a_limit() -> None:
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"ffff\r\n" + b"1" * 0xFFFF + b"\r\n"
    async with saying(endless + endless.partition(b"\r\n\r\n")[2] * 100, HANG) as (client, asked):
        with pytest.raises(PredictionFailed, match="over 100000 bytes"):
            await client.infer(ROWS, SOON)
        assert len(asked) == 1
    async with saying(http(b"1" * (MOST + 1), "500 Oops")) as (client, _):
        with pytest.raises(PredictionFailed, match="over 100000 bytes"):
            await client.infer(ROWS, SOON)


async def test_an_answer_that_does_not_come_is_not_waited_for() -> None:
    async with saying(HANG) as (client, _):
        with pytest.raises(DeadlineExceeded, match="did not answer within"):
            await client.infer(ROWS, 0.05)
        await client.drained()


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (http(b"<html>Traceback of ours</html>", "500 Oops", "text/html"), PredictionFailed, "answered 500$"),
        (http(b"Oops\nTraceback", "500 Oops", "text/plain"), PredictionFailed, "answered 500: Oops$"),
        (http(b'{"error":"mine"}', "500 Oops"), PredictionFailed, "answered 500: mine$"),
        (http(b'{"error":"mine"}', "400 Bad"), InvalidInput, "^mine$"),
        (http(b'{"detail":"theirs"}', "422 Bad"), InvalidInput, "^theirs$"),
        (http(b"<html>", "400 Bad", "text/html"), InvalidInput, "^The transformer answered 400$"),
        (http(b"[]", "400 Bad"), InvalidInput, "^The transformer answered 400$"),
        (http(b'{"error":"much"}', "413 Much"), TooLarge, "much"),
        (http(b'{"error":"busy"}', "429 Busy"), Overloaded, "busy"),
        (http(b'{"error":"never"}', "501 Never"), NotSupported, "never"),
        (http(b'{"error":"later"}', "503 Later"), Unavailable, "later"),
        (http(b'{"error":"late"}', "504 Late"), DeadlineExceeded, "late"),
        (http(b'{"error":"who"}', "404 Who"), PredictionFailed, "answered 404: who"),
        (http(b"", "302 There"), PredictionFailed, "answered 302$"),
        (http(b'{"error":"' + b"x" * 9_000 + b'"}', "500 Oops"), PredictionFailed, "x{500}$"),
        (http(b""), PredictionFailed, "did not answer with a JSON object"),
        (http(b"[1]"), PredictionFailed, "did not answer with a JSON object"),
        (http(b"[" * 90_000), PredictionFailed, "did not answer with a JSON object"),
        (http(b'{"predictions":[1'), PredictionFailed, "did not answer with a JSON object"),
        (http(b'{"predictions":[NaN'), PredictionFailed, "did not answer with a JSON object"),
        (http(b"\xff\xfe"), PredictionFailed, "did not answer with a JSON object"),
    ],
)
async def test_what_it_says_is_one_sentence_for_who_asked(
    answer: bytes, kind: type[ModelyardError], words: str
) -> None:
    async with saying(answer) as (client, _):
        with pytest.raises(kind, match=words) as caught:
            await client.infer(ROWS, SOON)
    assert type(caught.value) is kind
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "predictions", "whole"),
    [
        (b'{"predictions":[1.50]}', b"[1.50]", False),
        (b'{"predictions":[1, NaN, -Infinity]}', b"[1,null,null]", False),
        (b'{"predictions":[1],"more":2}', b'{"predictions":[1],"more":2}', True),
        (b"{}", b"{}", True),
    ],
)
async def test_any_object_is_an_answer(answer: bytes, predictions: bytes, whole: bool) -> None:  # noqa: FBT001
    async with saying(http(answer)) as (client, _):
        told = await client.infer(ROWS, SOON)
    assert (told.predictions, told.whole) == (predictions, whole)


async def test_an_explanation_is_asked_for_by_its_own_path() -> None:
    async with saying(http(b'{"explanations":[1]}')) as (client, asked):
        told = await client.infer(replace(ROWS, verb=Verb.EXPLAIN), SOON)
    assert (told.predictions, told.whole) == (b"[1]", False)
    assert asked[0].startswith(b"POST /v1/models/taxi:explain HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        http(b'{"predictions":[1]}'),
        http(b'{"outputs":[{"name":"y"}]}'),
        outputs("[1,2]", datatype="FP65"),
        outputs("[1,2]", shape="[-2]"),
        outputs("[1,2,3]"),
        outputs('["1","2"]'),
        outputs("[1.5,2]", datatype="INT64"),
        outputs("{}"),
    ],
)
@pytest.mark.parametrize("asked", ["all", "one"])
async def test_tensors_that_are_none_are_the_programs_fault(answer: bytes, asked: str) -> None:
    """Where they are wanted raw, as over gRPC, which is the only way that needs them to be right."""
    request = InferenceRequest(Form.TENSORS, tensors=TENSORS.tensors, encoding=Encoding.RAW)
    if asked == "one":
        request = InferenceRequest(Form.TENSORS, tensors=TENSORS.tensors, wanted=(Wanted("y", Encoding.RAW),))
    async with saying(answer) as (client, _):
        with pytest.raises(PredictionFailed, match="did not answer as V2 does"):
            await client.infer(request, SOON)


async def test_tensors_keep_the_text_of_their_numbers_where_that_is_wanted() -> None:
    async with saying(outputs("[1.50,NaN]")) as (client, asked):
        (output,) = (await client.infer(TENSORS, SOON)).outputs
    assert (output.encoding, output.data) == (Encoding.JSON, b"[1.5,null]")
    assert asked[0].startswith(b"POST /v2/models/taxi/infer HTTP/1.1\r\n")


@pytest.mark.parametrize("answers", [(HANG,), (HANG, http(b"no", "500 Oops"))])
async def test_one_that_answers_nothing_more_hangs(answers: Sequence[bytes]) -> None:
    async with saying(*answers, look=0.1) as (client, _):
        watching = asyncio.create_task(client.until_hung("", 0.01))
        with pytest.raises(DeadlineExceeded):
            await client.infer(ROWS, 0.05)
        async with asyncio.timeout(SOON):
            await watching


async def give_up(client: TransformerClient, asked: Sequence[bytes]) -> None:
    """A request that has come to the program: on a slow machine the first may be given up on its way."""
    for seconds in (0.05, 0.5, 5.0, 50.0):
        with pytest.raises(DeadlineExceeded):
            await client.infer(ROWS, seconds)
        if asked:
            return
    raise AssertionError("nothing has come to it")


@pytest.mark.parametrize(("path", "status"), [("", "200 OK"), ("", "404 Who"), ("/healthy", "200 OK")])
async def test_one_that_says_that_it_is_ready_does_not_hang(path: str, status: str) -> None:
    async with saying(HANG, http(b"{}", status), look=SOON) as (client, asked):
        await give_up(client, asked)
        watching = asyncio.create_task(client.until_hung(path, 0.01))
        async with asyncio.timeout(SOON):
            while len(asked) < 2:  # noqa: ASYNC110 - the program tells nobody
                await asyncio.sleep(0.01)
        assert asked[1].startswith(f"GET {path or '/v1/models/taxi'} ".encode())
        done, _ = await asyncio.wait({watching}, timeout=0.2)
        assert (len(asked), done) == (2, set()), "nor is it asked again before somebody else gives up"
        watching.cancel()


async def test_one_that_has_answered_since_does_not_hang() -> None:
    async with saying(HANG, http(b'{"predictions":[1]}'), HANG) as (client, asked):
        await give_up(client, asked)
        await client.infer(ROWS, SOON)
        watching = asyncio.create_task(client.until_hung("", 0.01))
        done, _ = await asyncio.wait({watching}, timeout=0.2)
        assert (len(asked), done) == (2, set())
        watching.cancel()
