import socket

import pytest

from modelyard.apps import listener
from modelyard.domain.errors import StartupError


def test_a_free_port_is_picked_and_told() -> None:
    with listener.bind("127.0.0.1", 0) as bound:
        assert listener.url_of(bound) == f"http://127.0.0.1:{bound.getsockname()[1]}"


def test_nobody_can_connect_before_the_server_listens() -> None:
    with listener.bind("127.0.0.1", 0) as bound, socket.socket() as visitor, pytest.raises(ConnectionRefusedError):
        visitor.connect(bound.getsockname())


def test_a_socket_is_known_to_be_tcp() -> None:
    with listener.bind("127.0.0.1", 0) as bound:
        assert bound.proto == socket.IPPROTO_TCP


def test_addresses_of_other_machines_cannot_be_had() -> None:
    with pytest.raises(StartupError, match=r"192\.0\.2\.1 is not an address of this machine"):
        listener.bind("192.0.2.1", 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_this_machine_alone(host: str) -> None:
    assert listener.is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "localhost.evil", "127.0.0.1.evil", ""])  # noqa: S104
def test_others_too(host: str) -> None:
    assert not listener.is_loopback(host)


def test_a_server_goes_by_its_host() -> None:
    assert listener.names_of("192.168.1.7") == {"192.168.1.7"}
    assert listener.names_of("fd00::1") == {"[fd00::1]"}


def test_a_server_on_all_addresses_goes_by_those_of_its_machine() -> None:
    assert socket.gethostname().lower() in listener.names_of("0.0.0.0")  # noqa: S104
