"""A transformer made of a file's functions: `preprocess(body)` and `postprocess(answer)`, of which one may be missing.

They get what was sent and what the model answered, as JSON values, and return what is to take its place.
"""

import http.client
import json
import runpy
import sys
import traceback
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from modelyard.domain.errors import InvalidInput

NAMES = ("preprocess", "postprocess")
HOST = "127.0.0.1"
_JSON = {"Content-Type": "application/json"}
Step = Callable[[Any], Any]


class FunctionFailed(Exception):
    """One of the functions raised."""


class Functions:
    """Those of the file at `path`, which is run once. Raises InvalidInput when it has none."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise InvalidInput(f"There is no file {path}")
        sys.path.insert(0, str(path.parent))  # its own neighbours, as when it is run
        found = runpy.run_path(str(path), run_name="transformer")
        self._steps: Mapping[str, Step] = {name: found[name] for name in NAMES if callable(found.get(name))}
        if not self._steps:
            raise InvalidInput(f"{path} defines neither preprocess(body) nor postprocess(answer)")

    def before(self, body: bytes) -> bytes:
        """What the model is sent."""
        return self._through("preprocess", body)

    def after(self, answer: bytes) -> bytes:
        """What the caller is answered."""
        return self._through("postprocess", answer)

    def _through(self, name: str, document: bytes) -> bytes:
        step = self._steps.get(name)
        if step is None:
            return document
        try:
            return json.dumps(step(json.loads(document))).encode()
        except Exception as error:
            traceback.print_exc()
            raise FunctionFailed(f"{name} raised {type(error).__name__}: {error}") from error


def serve(path: Path, predictor: str, port: int) -> None:
    """Until it is ended. `predictor` is the model's host and port, and maybe the beginning of its path."""
    functions = Functions(path)
    host, slash, prefix = predictor.partition("/")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def setup(self) -> None:
            super().setup()
            self._model = http.client.HTTPConnection(host)

        def do_GET(self) -> None:
            self._answer(200, b"{}")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                self._model.request("POST", f"{slash}{prefix}{self.path}", functions.before(body), _JSON)
                reply = self._model.getresponse()
                answer = reply.read()
                self._answer(reply.status, functions.after(answer) if reply.status == http.client.OK else answer)
            except FunctionFailed as error:
                self._answer(500, json.dumps({"error": str(error)}).encode())

        def finish(self) -> None:
            self._model.close()
            super().finish()

        def log_message(self, *_: object) -> None:
            """The server keeps the log of requests."""

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", _JSON["Content-Type"])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

    ThreadingHTTPServer((HOST, port), Handler).serve_forever()
