"""Asking an MLflow server, page by page."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from modelyard.domain.errors import NotFound, Unavailable
from modelyard.domain.imports import Unreadable

API = "api/2.0/mlflow"
PIECE = 1 << 20
_SECONDS = 120.0
Json = Mapping[str, Any]


class Rest:
    """Raises Unavailable when the server does not answer, Unreadable when it refuses, NotFound when it is none."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url.rstrip("/") + "/", timeout=_SECONDS)
        base = self._http.base_url
        self.shown = str(base.copy_with(username=None, password=None)).rstrip("/")
        try:
            self.post("experiments/search", {"max_results": 1, "view_type": "ALL"})
        except Unreadable as error:
            raise NotFound(f"{self.shown} does not answer as an MLflow server does: {error.message}") from None

    def get(self, path: str, asked: Json, api: str = API) -> Json:
        return self._decoded(self._send("GET", f"{api}/{path}", params=dict(asked)))

    def post(self, path: str, asked: Json) -> Json:
        return self._decoded(self._send("POST", f"{API}/{path}", json=dict(asked)))

    def pages(self, method: str, path: str, asked: Json, items: str) -> Iterator[Json]:
        """What is listed under `items`, on all pages."""
        token = ""
        while True:
            wanted = {**asked, "page_token": token} if token else asked
            answer = self.get(path, wanted) if method == "GET" else self.post(path, wanted)
            yield from answer.get(items, ())
            token = answer.get("next_page_token", "")
            if not token:
                return

    def download(self, path: str, asked: Json) -> Iterator[bytes]:
        """A file's bytes in pieces."""
        try:
            with self._http.stream("GET", path, params=dict(asked)) as answer:
                if not answer.is_success:
                    raise Unreadable(f"{self.shown}/{path} {dict(asked)}: HTTP {answer.status_code}")
                yield from answer.iter_bytes(PIECE)
        except httpx.HTTPError as error:
            raise Unavailable(f"{self.shown} does not answer: {error or type(error).__name__}") from None

    def close(self) -> None:
        self._http.close()

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable(f"{self.shown} does not answer: {error or type(error).__name__}") from None

    def _decoded(self, answer: httpx.Response) -> Json:
        try:
            decoded: object = answer.json()
        except ValueError:
            decoded = None
        if not answer.is_success or not isinstance(decoded, dict):
            said = decoded.get("message", "") if isinstance(decoded, dict) else ""
            place = answer.request.url.copy_with(username=None, password=None)
            raise Unreadable(f"{place}: HTTP {answer.status_code} {said}".rstrip())
        return decoded
