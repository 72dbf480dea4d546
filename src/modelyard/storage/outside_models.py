"""Copying a model from where it lies to where it is served from: bytes only, nothing of it is read."""

import os
import stat
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from modelyard.domain.errors import InvalidInput, NotFound, TooLarge, Unavailable
from modelyard.domain.outside_models import Credentials
from modelyard.kit.paths import contains, safe_relative
from modelyard.kit.threads import in_thread
from modelyard.storage.trees import Open, write_streams

MOST_FILES = 10_000
_PIECE = 1 << 20
_STALLED = timedelta(seconds=60)
_WHOLE = timedelta(hours=12)


async def fetch_bucket(url: str, credentials: Credentials | None, target: Path, largest: int) -> None:
    """Makes `target` a copy of what lies below `url`: whole or not at all.

    Without credentials those of the environment are used, by the rules of Amazon's own tools.
    Raises NotFound, TooLarge over `largest` bytes in all, InvalidInput for names that lead elsewhere, Unavailable.
    """
    import obstore  # noqa: PLC0415 - megabytes that few servers need
    from obstore.exceptions import BaseError  # noqa: PLC0415

    try:
        store = _store(url, credentials)
        files: dict[str, Open] = {}
        size = 0
        async for part in obstore.list(store, chunk_size=1000):
            for found in part:
                size += found["size"]
                files[_checked(url, found["path"])] = partial(_of_bucket, store, found["path"])
            _bound(url, files, size, largest)
        if not files:
            raise NotFound(f"There is nothing at {url}")
        await write_streams(files, target)
    except (BaseError, OSError, ValueError) as error:
        raise Unavailable(f"{url} cannot be read: {str(error).strip().partition(chr(10))[0][:300]}") from None


async def fetch_folder(folder: Path, target: Path, largest: int) -> None:
    """Makes `target` a copy of the directory: whole or not at all. Links are followed as long as they stay within it.

    Raises NotFound, TooLarge over `largest` bytes in all, InvalidInput for links that lead elsewhere, Unavailable.
    """
    files: dict[str, Open] = {}
    size = 0
    try:
        for path, length in await in_thread(list, _files(folder)):
            size += length
            files[_checked(str(folder), path.relative_to(folder).as_posix())] = partial(_of_folder, path.resolve())
            _bound(str(folder), files, size, largest)
        if not files:
            raise NotFound(f"There is nothing at {folder}")
        await write_streams(files, target)
    except OSError as error:
        raise Unavailable(f"{folder} cannot be read: {error.strerror}") from None


def _store(url: str, credentials: Credentials | None) -> Any:
    from obstore.store import from_url  # noqa: PLC0415 - as above

    options: dict[str, Any] = {"timeout": _WHOLE, "read_timeout": _STALLED, "allow_http": True}
    if credentials is None:
        return from_url(url, client_options=options)  # type: ignore[call-overload]
    # A bucket of one's own is addressed by path, as most servers beside Amazon want it.
    given = {"region": credentials.region or "us-east-1", "endpoint": credentials.endpoint}
    config: dict[str, Any] = {name: value for name, value in given.items() if value}
    if not credentials.key:
        return from_url(url, config={**config, "skip_signature": True}, client_options=options)  # type: ignore[call-overload]
    identity = {
        "access_key_id": credentials.key,
        "secret_access_key": credentials.secret,
        "token": credentials.token or None,
        "expires_at": None,
    }  # as a provider, so that nothing of the environment's identity is mixed in
    return from_url(url, config=config, client_options=options, credential_provider=lambda: identity)  # type: ignore[call-overload]


async def _of_bucket(store: Any, path: str) -> AsyncIterator[bytes]:
    import obstore  # noqa: PLC0415 - as above

    found = await obstore.get_async(store, path)
    return _as_bytes(found.stream(min_chunk_size=_PIECE))


async def _as_bytes(stream: Any) -> AsyncIterator[bytes]:
    async for piece in stream:
        yield bytes(piece)


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            found = path.stat()
            if not contains(folder, path) or not stat.S_ISREG(found.st_mode):
                raise InvalidInput(f"{path} is no file within {folder}; a model's directory must hold all of it")
            yield path, found.st_size


async def _of_folder(path: Path) -> AsyncIterator[bytes]:
    return _pieces(await in_thread(os.open, path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC))


async def _pieces(descriptor: int) -> AsyncIterator[bytes]:
    try:
        while piece := await in_thread(os.read, descriptor, _PIECE):
            yield piece
    finally:
        os.close(descriptor)


def _checked(where: str, path: str) -> str:
    try:
        safe = safe_relative(path)
    except ValueError as error:
        raise InvalidInput(f"{where}: {error}") from None
    if safe != path or not path:
        raise InvalidInput(f"{where} holds '{path[:200]}', which cannot be a file's name")
    return path


def _bound(where: str, files: Mapping[str, Open], size: int, largest: int) -> None:
    if len(files) > MOST_FILES:
        raise TooLarge(f"{where} has more than {MOST_FILES} files; name the directory of one model")
    if size > largest:
        raise TooLarge(f"{where} is over {largest} bytes, more than this server takes")
