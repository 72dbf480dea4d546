"""An S3 store on this machine: moto's server in a process of its own. It takes any signature, but not one too old."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import obstore
from obstore.store import S3Store

from tests.support.conditions import INTERVAL, SECONDS

SECRET = "known-to-the-server-only"

_REQUEST = re.compile(r'"(?:\x1b\[\d+m)*(?P<method>[A-Z]+) (?P<target>\S+) HTTP')
_RUNNING = re.compile(r"Running on (http://\S+:\d+)")


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket with nothing in it but what a test puts there; everything of ours lies under a prefix."""

    endpoint: str
    name: str
    log: Path
    http: httpx.Client

    @property
    def url(self) -> str:
        return f"s3://{self.name}/our artifacts"

    @property
    def env(self) -> Mapping[str, str]:
        """What points a server at it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    def store(self) -> S3Store:
        return S3Store(
            self.name,
            prefix="our artifacts",
            endpoint=self.endpoint,
            access_key_id="key",
            secret_access_key=SECRET,
            region="us-east-1",
            client_options={"allow_http": True},
        )

    def keys(self, prefix: str = "") -> list[str]:
        return sorted(found["path"] for found in obstore.list(self.store(), prefix or None).collect())

    def unfinished(self) -> int:
        """How many objects are being received in parts."""
        return self.http.get(f"{self.endpoint}/{self.name}?uploads").raise_for_status().text.count("<UploadId>")

    def signed(self, method: str) -> int:
        """How often somebody with a presigned URL came."""
        seen = _REQUEST.finditer(self.log.read_text("utf-8", "replace"))
        mine = [one["target"] for one in seen if one["method"] == method and one["target"].startswith(f"/{self.name}/")]
        return sum("X-Amz-Signature" in target for target in mine)


@dataclass(frozen=True, slots=True)
class Store:
    endpoint: str
    log: Path
    http: httpx.Client

    def bucket(self, name: str) -> Bucket:
        self.http.put(f"{self.endpoint}/{name}").raise_for_status()
        return Bucket(self.endpoint, name, self.log, self.http)


@contextmanager
def running_store(folder: Path) -> Iterator[Store]:
    log = folder / "s3.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-p", "0"], stderr=stderr, stdout=subprocess.DEVNULL
        )
    try:
        with httpx.Client(timeout=2 * SECONDS) as http:
            yield Store(_announced(process, log), log, http)
    finally:
        process.terminate()
        process.wait()


def _announced(process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + 2 * SECONDS
    while (found := _RUNNING.search(log.read_text())) is None:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(INTERVAL)
    return found[1]
