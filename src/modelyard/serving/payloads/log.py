import logging
import random
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Protocol

from modelyard.domain.errors import ModelyardError
from modelyard.domain.serving_options import PayloadLog, PayloadMode
from modelyard.formats.inference import InferenceRequest, InferenceResult
from modelyard.serving.payloads.entry import Entry
from modelyard.serving.payloads.files import PayloadFiles

log = logging.getLogger("modelyard.payloads")
MOST_ENTRIES = 10_000
MOST_BYTES = 64 << 20
FLUSH_SECONDS = 5.0
FLUSH_ENTRIES = 1000
Offer = Callable[[Entry, PayloadLog], None]


class Answering(Protocol):
    """What is known of the revision that answered."""

    @property
    def endpoint(self) -> str: ...

    @property
    def revision(self) -> int: ...

    @property
    def model_version(self) -> str: ...


class PayloadRecorder:
    """Takes requests and their answers without ever making them wait, and has a thread of its own write them.

    What comes faster than it can be written is dropped and counted. `forward` is offered each entry as well, at once.
    """

    def __init__(self, files: PayloadFiles, forward: Offer | None = None) -> None:
        self._files = files
        self._forward = forward
        self._waiting: deque[Entry] = deque()
        self._bytes = 0
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closed = False
        self._dropped: dict[str, int] = defaultdict(int)
        self._written: dict[str, int] = defaultdict(int)
        self._thread = threading.Thread(target=self._write, name="payload-log", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> Mapping[str, int]:
        """By endpoint, since the start."""
        return dict(self._dropped)

    @property
    def written(self) -> Mapping[str, int]:
        """By endpoint, since the start."""
        return dict(self._written)

    def record(
        self,
        served: Answering,
        options: PayloadLog,
        request: InferenceRequest,
        outcome: InferenceResult | Exception,
        seconds: float,
    ) -> None:
        """Takes one answer, if it is among those to be kept."""
        if options.mode is PayloadMode.NONE or (options.share < 1 and random.random() >= options.share):  # noqa: S311
            return
        failed = isinstance(outcome, Exception)
        told = outcome if isinstance(outcome, InferenceResult) and options.mode is not PayloadMode.REQUEST else None
        entry = Entry(
            at=int(time.time() * 1000),
            prediction_id="" if isinstance(outcome, Exception) else outcome.prediction_id,
            endpoint=served.endpoint,
            revision=served.revision,
            model_version=served.model_version,
            status=type(outcome).__name__ if failed else "ok",
            message=str(outcome)[:1000] if failed else "",
            seconds=seconds,
            request=request if options.mode is not PayloadMode.RESPONSE else None,
            result=told,
        )
        self._take(entry)
        if self._forward is not None and options.sink:
            self._forward(entry, options)

    def close(self) -> None:
        """Writes what waits, then ends."""
        self._closed = True
        self._wake.set()
        self._thread.join()

    def _take(self, entry: Entry) -> None:
        size = entry.size
        with self._lock:
            if len(self._waiting) >= MOST_ENTRIES or self._bytes + size > MOST_BYTES:
                self._dropped[entry.endpoint] += 1
                return
            self._waiting.append(entry)
            self._bytes += size
            many = len(self._waiting) >= FLUSH_ENTRIES
        if many:
            self._wake.set()

    def _write(self) -> None:
        while not self._closed:
            self._wake.wait(FLUSH_SECONDS)
            self._wake.clear()
            self._flush()
        self._flush()

    def _flush(self) -> None:
        while entries := self._taken():
            try:
                self._files.write(entries)
            except (OSError, ModelyardError) as error:
                log.warning("%d logged payloads could not be written: %s", len(entries), error)
                for entry in entries:
                    self._dropped[entry.endpoint] += 1
            else:
                for entry in entries:
                    self._written[entry.endpoint] += 1

    def _taken(self) -> list[Entry]:
        with self._lock:
            entries = [self._waiting.popleft() for _ in range(min(len(self._waiting), FLUSH_ENTRIES))]
            self._bytes -= sum(entry.size for entry in entries)
        return entries
