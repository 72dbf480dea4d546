"""A transformer made of a file's functions: `preprocess(body)` and `postprocess(answer)`, of which one may be missing.

They get what was sent and what the model answered, as JSON values, and return what is to take its place. One that has a
second parameter gets the caller's headers there, as far as a transformer is told them.
"""

import http.client
import inspect
import json
import runpy
import sys
import traceback
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from modelyard.domain.errors import InvalidInput
from modelyard.serving import forwarding

NAMES = ("preprocess", "postprocess")
HOST = "127.0.0.1"
_JSON = {"Content-Type": "application/json"}
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
Headers = Mapping[str, str]
Step = Callable[[Any, Headers], Any]


class FunctionFailed(Exception):
    """One of the functions raised."""


class Functions:
    """Those of the file at `path`, which is run once. Raises InvalidInput when it has none."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise InvalidInput(f"There is no file {path}")
        sys.path.insert(0, str(path.parent))  # its own neighbours, as when it is run
        found = runpy.run_path(str(path), run_name="transformer")
        self._steps: Mapping[str, Step] = {name: _step(found[name]) for name in NAMES if callable(found.get(name))}
        if not self._steps:
            raise InvalidInput(f"{path} defines neither preprocess(body) nor postprocess(answer)")

    def before(self, body: bytes, headers: Headers) -> bytes:
        """What the model is sent. Raises FunctionFailed."""
        return self._through("preprocess", body, headers)

    def after(self, answer: bytes, headers: Headers) -> bytes:
        """What the caller is answered. Raises FunctionFailed."""
        return self._through("postprocess", answer, headers)

    def _through(self, name: str, document: bytes, headers: Headers) -> bytes:
        step = self._steps.get(name)
        if step is None:
            return document
        try:
            return msgspec.json.encode(step(json.loads(document), headers), enc_hook=_plain)
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
            headers = forwarding.passed({name.lower(): value for name, value in self.headers.items()})
            try:
                self._model.request("POST", f"{slash}{prefix}{self.path}", functions.before(body, headers), _JSON)
                reply = self._model.getresponse()
                answer = reply.read()
                done = reply.status == http.client.OK
                self._answer(reply.status, functions.after(answer, headers) if done else answer)
            except FunctionFailed as error:
                self._answer(500, json.dumps({"error": str(error)}).encode())
            except (OSError, http.client.HTTPException) as error:
                self._model.close()
                message = f"The model could not be asked: {error or type(error).__name__}"
                self._answer(503, json.dumps({"error": message}).encode())

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


def _step(function: Callable[..., Any]) -> Step:
    """With a second argument, whether the function takes one or not; KServe's programs have `headers=None` there."""
    positional = [one for one in inspect.signature(function).parameters.values() if one.kind in _POSITIONAL]
    second = positional[1] if len(positional) > 1 else None
    if second is not None and (second.default is second.empty or second.name == "headers"):
        return function
    return lambda document, _: function(document)


def _plain(value: Any) -> Any:
    """Of arrays and their numbers, lists and ours; what JSON does not have is refused by name."""
    if callable(found := getattr(value, "tolist", None)):
        return found()
    raise TypeError(f"JSON has nothing for a {type(value).__name__}")
