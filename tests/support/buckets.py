"""An S3 server as far as reading models needs one: lists and reads a directory, for one access key."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

LISTED = "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00Z</LastModified><Size>{size}</Size></Contents>"


class Bucket(ThreadingHTTPServer):
    """Answers for the bucket `bucket`; `keys` are the access keys of all requests, empty for anonymous ones."""

    daemon_threads = True

    def __init__(self, folder: Path, key: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.key = key
        self.keys: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Bucket

    def do_GET(self) -> None:
        key = self.headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]
        self.server.keys.append(key)
        parts = urlsplit(self.path)
        path = unquote(parts.path).removeprefix("/bucket").lstrip("/")
        if key != self.server.key:
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        elif path:
            self._answer(200, (self.server.folder / path).read_bytes())
        else:
            self._answer(200, self._listing(parse_qs(parts.query).get("prefix", [""])[0]))

    def _listing(self, prefix: str) -> bytes:
        files = ((one.relative_to(self.server.folder).as_posix(), one) for one in self.server.folder.rglob("*"))
        listed = "".join(
            LISTED.format(key=escape(key), size=one.stat().st_size)
            for key, one in sorted(files)
            if one.is_file() and key.startswith(prefix)
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{listed}</ListBucketResult>".encode()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.send_header("etag", '"1"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def bucket(folder: Path, key: str = "me") -> Iterator[Bucket]:
    with Bucket(folder, key) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
