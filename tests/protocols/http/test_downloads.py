from collections.abc import AsyncIterator

import pytest

from modelyard.protocols.http.downloads import Download, send
from modelyard.protocols.http.reply import Reply
from tests.support.streams import pieces, whole

CONTENT = bytes(range(100))
TAG = '"sha256:1"'


async def asked(name: str = "model.bin", content: bytes = CONTENT, **headers: str) -> Reply:
    async def read(start: int, stop: int) -> AsyncIterator[bytes]:
        return pieces(content[start:stop], 7)

    download = Download(name, len(content), "sha256:1", read)
    return await send(download, {key.replace("_", "-"): value for key, value in headers.items()})


async def body(reply: Reply) -> bytes:
    return reply.body if isinstance(reply.body, bytes) else await whole(reply.body)


async def test_a_whole_file_is_an_attachment_that_no_browser_runs() -> None:
    reply = await asked("page.html")
    headers = dict(reply.headers)
    assert reply.status == 200
    assert reply.content_type == "text/html"
    assert headers["content-disposition"] == "attachment; filename=page.html"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["content-length"] == "100"
    assert await body(reply) == CONTENT


@pytest.mark.parametrize(
    ("asking", "start", "stop"),
    [("0-0", 0, 1), ("10-19", 10, 20), ("90-", 90, 100), ("-3", 97, 100), ("-1000", 0, 100), ("50-10000", 50, 100)],
)
async def test_a_range_is_that_part(asking: str, start: int, stop: int) -> None:
    reply = await asked(range=f"bytes={asking}")
    headers = dict(reply.headers)
    assert reply.status == 206
    assert headers["content-range"] == f"bytes {start}-{stop - 1}/100"
    assert headers["content-length"] == str(stop - start)
    assert await body(reply) == CONTENT[start:stop]


@pytest.mark.parametrize("asking", ["100-", "100-200", "-0"])
async def test_a_range_behind_the_end_is_416(asking: str) -> None:
    reply = await asked(range=f"bytes={asking}")
    assert reply.status == 416
    assert dict(reply.headers)["content-range"] == "bytes */100"


@pytest.mark.parametrize(
    "asking", ["bytes=1-2,4-5", "bytes=5-2", "bytes=-", "lines=1-2", "bytes=a-b", "bytes=" + "9" * 99]
)
async def test_what_is_no_single_range_gets_everything(asking: str) -> None:
    reply = await asked(range=asking)
    assert reply.status == 200
    assert await body(reply) == CONTENT


async def test_a_range_of_another_version_gets_everything() -> None:
    assert (await asked(range="bytes=0-1", if_range=TAG)).status == 206
    assert (await asked(range="bytes=0-1", if_range='"sha256:2"')).status == 200


async def test_who_has_it_gets_nothing() -> None:
    reply = await asked(if_none_match=TAG)
    assert reply.status == 304
    assert await body(reply) == b""
    assert "content-length" not in dict(reply.headers)


async def test_an_empty_file_has_no_range() -> None:
    assert (await asked(content=b"", range="bytes=0-")).status == 416
    reply = await asked(content=b"")
    assert (reply.status, dict(reply.headers)["content-length"]) == (200, "0")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("MLmodel", "text/plain"),
        ("a.json", "text/plain"),
        ("conda.yaml", "text/plain"),
        ("x.py", "text/plain"),
        ("plot.png", "image/png"),
        ("model.pkl", "application/octet-stream"),
        ("data.tar.gz", "application/x-tar"),
        ("noending", "application/octet-stream"),
    ],
)
async def test_the_content_type_follows_from_the_name(name: str, kind: str) -> None:
    assert (await asked(name)).content_type == kind


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('a"b.txt', "attachment; filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt"),
        ("ünï.bin", "attachment; filename=\"_n_.bin\"; filename*=UTF-8''%C3%BCn%C3%AF.bin"),
        ("a\r\nset-cookie: x", "attachment; filename=\"a__set-cookie: x\"; filename*=UTF-8''a%0D%0Aset-cookie%3A%20x"),
    ],
)
async def test_a_name_does_not_break_out_of_its_header(name: str, shown: str) -> None:
    assert dict((await asked(name)).headers)["content-disposition"] == shown
