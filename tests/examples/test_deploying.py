import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from modelyard.domain import errors
from modelyard.examples import deploying

Answer = Callable[[bytes], tuple[int, bytes]]
ROWS: list[deploying.Row] = [{"miles": 1.5, "zone": 7}, {"zone": 8, "miles": 2.5}]


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    servers: list[HTTPServer] = []

    def start(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: pytest shows what matters."""

        servers.append(HTTPServer(("127.0.0.1", 0), Handler))
        Thread(target=servers[-1].serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/endpoints/taxi/invocations"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_rows_travel_as_dataframe_split_in_the_order_of_the_first_row(serve: Callable[[Answer], str]) -> None:
    asked: list[object] = []

    def answer(body: bytes) -> tuple[int, bytes]:
        asked.append(json.loads(body))
        return 200, b'{"predictions": [10, 20.5]}'

    assert deploying.predict(serve(answer), ROWS) == [10.0, 20.5]
    assert asked == [{"dataframe_split": {"columns": ["miles", "zone"], "data": [[1.5, 7], [2.5, 8]]}}]


def test_an_error_status_is_told_with_its_body(serve: Callable[[Answer], str]) -> None:
    with pytest.raises(errors.PredictionFailed, match="answered 400: no such column"):
        deploying.predict(serve(lambda _: (400, b"no such column")), ROWS)


@pytest.mark.parametrize("body", [b"<html>", b'{"outputs": []}', b'{"predictions": ["a", "b"]}'])
def test_an_answer_without_predictions_is_refused(serve: Callable[[Answer], str], body: bytes) -> None:
    with pytest.raises(errors.PredictionFailed, match="did not answer with predictions"):
        deploying.predict(serve(lambda _: (200, body)), ROWS)


def test_a_prediction_too_few_is_refused(serve: Callable[[Answer], str]) -> None:
    with pytest.raises(errors.PredictionFailed, match="1 predictions for 2 rows"):
        deploying.predict(serve(lambda _: (200, b'{"predictions": [1]}')), ROWS)


def test_nobody_answering_is_told_with_the_address() -> None:
    with pytest.raises(errors.Unavailable, match=r"No answer from http://127\.0\.0\.1:1/"):
        deploying.predict("http://127.0.0.1:1/invocations", ROWS)
