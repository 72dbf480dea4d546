"""The swap that ends the taxi story, on a real server whose versions each answer one number."""

from collections.abc import Iterator

import httpx
import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from modelyard.cli.demo import Deployer
from modelyard.domain.errors import InvalidState
from modelyard.examples import swapping
from modelyard.examples.parity import Promise
from modelyard.examples.reporting import RichReporter
from modelyard.sdk.client import Client
from tests.support.server import running_server
from tests.support.stocked import register_values

ROWS = pd.DataFrame({"a": [1.0, 2.0, 3.0]})


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("swapping")) as server:
        with httpx.Client(base_url=f"{server.url}/api/2.0/", timeout=120) as http:
            register_values(http, "steady", [11, 22])
        yield server.url


def promise(value: float) -> Promise:
    return Promise(ROWS, np.full(len(ROWS), value))


def swap(url: str, first: float, second: float) -> swapping.Counted:
    deployer = Deployer(url)
    invocations = deployer.deploy("models:/steady/1", "steady")
    promises = {1: promise(first), 2: promise(second)}
    reporter = RichReporter(Console(quiet=True))
    return swapping.swap("models:/steady/2", "steady", invocations, promises, reporter, deployer)


def test_every_answer_of_a_swap_is_counted_and_none_is_lost(url: str) -> None:
    counted = swap(url, 11, 22)
    assert (counted.wrong, list(counted.failures)) == (0, [])
    assert counted.right[1] > 0
    assert counted.right[2] >= sum(answers for _, answers in swapping.STEPS)
    with Client(url) as client:
        served = client.endpoint("steady")
        assert [one.status.traffic for one in served.revisions if one.model_version == "2"][-1:] == [100]


def test_an_answer_that_a_version_did_not_promise_is_not_passed_over(url: str) -> None:
    with pytest.raises(InvalidState, match="not without loss"):
        swap(url, 12, 22)
