"""One request to a server, and its errors as exceptions."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from modelyard.domain import errors

T = TypeVar("T")
Query = Mapping[str, str | int | None]
JSON = "application/json"
_BY_STATUS: Mapping[int, type[errors.ModelyardError]] = {
    400: errors.InvalidInput,
    401: errors.Unauthenticated,
    403: errors.PermissionDenied,
    404: errors.NotFound,
    408: errors.Unavailable,
    409: errors.Conflict,
    413: errors.TooLarge,
    415: errors.UnsupportedMediaType,
    429: errors.Overloaded,
    501: errors.NotSupported,
    503: errors.Unavailable,
    504: errors.DeadlineExceeded,
    507: errors.StorageFull,
}


class _Said(msgspec.Struct):
    message: str = ""


class _Refusal(msgspec.Struct):
    """An error in the words of the native API, or of the scoring protocol."""

    error: _Said | str | None = None
    message: str = ""


class Transport:
    """Requests to the server at `url`."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self.url = url.rstrip("/")
        self._seconds = timeout_seconds
        # The server is asked itself, whatever proxy the environment names for the rest of the world.
        self._http = httpx.Client(base_url=self.url, trust_env=not _is_local(self.url))

    def ask(
        self,
        method: str,
        path: str,
        answer: type[T],
        *,
        query: Query | None = None,
        body: object = None,
    ) -> T:
        """The answer to a JSON request. Raises what the server refused it with, or Unavailable when it is not there."""
        content = None if body is None else msgspec.json.encode(body)
        received = self.send(method, path, content, JSON, query)
        try:
            return msgspec.json.decode(received or b"null", type=answer)
        except msgspec.MsgspecError as error:
            raise errors.Unavailable(f"{self.url} is not a Modelyard server of this version ({error})") from None

    def send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        content_type: str = JSON,
        query: Query | None = None,
        patience: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The bytes that answer a request, within `patience` seconds where it has its own. Raises as `ask` does."""
        sent = {**(headers or {}), **({"content-type": content_type} if content is not None else {})}
        asked = {key: value for key, value in (query or {}).items() if value is not None}
        timeout = httpx.Timeout(self._seconds, read=patience or self._seconds)
        with _told(self.url):
            response = self._http.request(method, path, content=content, headers=sent, params=asked, timeout=timeout)
        if response.is_error:
            raise _refusal(response)
        return response.content

    def events(
        self, path: str, content: bytes, content_type: str, patience: float, last: str = "[DONE]"
    ) -> Iterator[str]:
        """The data of the server-sent events that answer a POST, as they come. Raises as `send` does.

        An event `error` is raised; so is an answer that ends without the event `last`.
        """
        headers = {"accept": "text/event-stream", "content-type": content_type}
        timeout = httpx.Timeout(self._seconds, read=patience)
        with (
            _told(self.url),
            self._http.stream("POST", path, content=content, headers=headers, timeout=timeout) as response,
        ):
            if response.is_error:
                response.read()
                raise _refusal(response)
            failed = False
            for line in response.iter_lines():
                failed = failed or line == "event: error"
                said = line.removeprefix("data: ")
                if said == last:
                    return
                if failed and said != line:
                    raise errors.PredictionFailed(_words(said.encode()) or said)
                if said != line:
                    yield said
        raise errors.Unavailable(f"The answer of {self.url} broke off; ask again")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def segment(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")


@contextmanager
def _told(url: str) -> Iterator[None]:
    """What goes wrong on the way to a server, in our words."""
    try:
        yield
    except (httpx.ConnectError, httpx.UnsupportedProtocol):
        raise errors.Unavailable(f"No server answers at {url}; is `modelyard up` running there?") from None
    except httpx.TimeoutException:
        raise errors.DeadlineExceeded(f"{url} did not answer in time; try again") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise errors.Unavailable(f"The connection to {url} broke ({error}); try again") from None


def _is_local(url: str) -> bool:
    try:
        return httpx.URL(url).host in {"127.0.0.1", "localhost", "::1"}
    except httpx.InvalidURL:
        return False


def _refusal(response: httpx.Response) -> errors.ModelyardError:
    kind = _BY_STATUS.get(response.status_code, errors.ModelyardError)
    return kind(_message(response) or f"{response.url} answered {response.status_code}")


def _message(response: httpx.Response) -> str:
    return _words(response.content) or response.text.strip()[:500]


def _words(body: bytes) -> str:
    try:
        refusal = msgspec.json.decode(body, type=_Refusal)
    except msgspec.MsgspecError:
        return ""
    if isinstance(refusal.error, _Said):
        return refusal.error.message
    return refusal.error or refusal.message
