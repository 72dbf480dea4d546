"""A transformer without any library: takes what KServe gives its programs, and no other arguments.

It doubles numbers on their way to the model and adds 100 on their way back; of `{"words": …}` it makes numbers itself,
and rows that are objects it sends back.
"""

import argparse
import json
import os
import resource
import signal
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

parser = argparse.ArgumentParser()
parser.add_argument("--model_name", required=True)
parser.add_argument("--predictor_host", required=True)
parser.add_argument("--predictor_protocol", default="v1")
parser.add_argument("--http_port", type=int, required=True)
told = parser.parse_args()
meeting = threading.Barrier(2)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        found = self.path in {"/healthy", f"/v1/models/{told.model_name}"}
        self._answer(200 if found else 404, {"name": told.model_name})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.startswith("/v2/"):
            self._answer(*self._tensors(body))
        elif "words" in body:
            _, found = ask({"instances": [[2.0 * len(word)] * 2 for word in body["words"]]}, self.path)
            self._answer(200, {"lengths": body["words"], "scored": found["predictions"]})
        elif "die" in json.dumps(body):
            print("dying", flush=True)
            os._exit(7)
        elif "stop" in json.dumps(body):
            os.kill(os.getpid(), signal.SIGSTOP)
        elif "meet" in json.dumps(body):
            meeting.wait(100)
            self._answer(200, {"predictions": []})
        elif "break off" in json.dumps(body):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            self.close_connection = True
        elif "tell" in json.dumps(body):
            self._answer(200, facts() | {"headers": {name.lower(): value for name, value in self.headers.items()}})
        elif not isinstance(body["instances"][0], list):
            self._answer(200, body)
        else:
            rows = [[2 * value for value in row] for row in body["instances"]]
            status, found = ask({"instances": rows}, self.path)
            if status == 200:
                found = {"predictions": [100 + value for value in found["predictions"]]}
            self._answer(status, found)

    def _tensors(self, body: Any) -> tuple[int, Any]:
        for one in body["inputs"]:
            one["data"] = [float(self.headers.get("x-scale", 2)) * value for value in one["data"]]
        status, found = ask(body, self.path)
        for one in found.get("outputs", ()):
            one["data"] = [100 + value for value in one["data"]]
        return status, found

    def _answer(self, status: int, document: object) -> None:
        written = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(written)))
        self.send_header("X-Model-Version", "forged")
        self.send_header("Set-Cookie", "of=one")
        self.end_headers()
        self.wfile.write(written)


def facts() -> dict[str, Any]:
    """How we run."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return {
        "pid": os.getpid(),
        "memory": resource.getrlimit(resource.RLIMIT_DATA)[0],
        "environment": dict(os.environ),
        "status": dict(line.split(":\t", 1) for line in lines),
        "folder": str(Path.cwd()),
        "python": sys.executable,
        "model_name": told.model_name,
        "predictor_host": told.predictor_host,
    }


def ask(document: object, path: str) -> tuple[int, Any]:
    """The model, by the path that we were asked by."""
    asked = urllib.request.Request(f"http://{told.predictor_host}{path}", json.dumps(document).encode())
    try:
        with urllib.request.urlopen(asked, timeout=120) as answer:  # noqa: S310 - an address that we were told
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


print("transforming", flush=True)
ThreadingHTTPServer(("127.0.0.1", told.http_port), Handler).serve_forever()
