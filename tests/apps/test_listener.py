import socket

import pytest

from modelyard.apps import listener
from modelyard.domain.errors import StartupError


def test_a_free_port_is_picked_and_told() -> None:
    with listener.bind("127.0.0.1", 0) as bound:
        assert listener.url_of(bound) == f"http://127.0.0.1:{bound.getsockname()[1]}"


def test_of_two_servers_that_start_at_once_the_second_is_told_that_the_port_is_taken() -> None:
    with listener.bind("127.0.0.1", 0) as first, pytest.raises(StartupError, match="in use by another program"):
        listener.bind("127.0.0.1", first.getsockname()[1])


def test_a_server_that_has_bound_the_port_first_and_listens_last_is_told_too() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 0))
        with listener.bind("127.0.0.1", other.getsockname()[1]), pytest.raises(OSError, match="Address already in use"):
            other.listen()


def test_who_comes_before_the_server_is_ready_waits() -> None:
    with listener.bind("127.0.0.1", 0) as bound, socket.create_connection(bound.getsockname()) as visitor:
        visitor.sendall(b"early")
        accepted, _ = bound.accept()
        with accepted:
            accepted.settimeout(120)
            assert accepted.recv(5) == b"early"


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
