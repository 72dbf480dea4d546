import ipaddress
import socket
from collections.abc import Iterator, Sequence

import pytest

from modelyard.kit.egress import Egress, EgressRefused, may_be_called

PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"]
OWN = [
    "127.0.0.1",
    "127.255.0.9",
    "10.0.0.1",
    "172.16.3.4",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.0.8",
    "198.18.0.1",
    "240.0.0.1",
    "::1",
    "fd12:3456::1",
    "fec0::1",
    "2001:db8::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]
NOBODYS = [
    "169.254.169.254",
    "169.254.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "0.0.0.0",  # noqa: S104 - not bound to
    "::",
    "224.0.0.1",
    "ff02::1",
]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        opened.setblocking(False)
        yield opened


def leading_to(*addresses: str, allow_private: bool = False) -> Egress:
    return Egress(allow_private=allow_private, look_up=lambda _host, _port: addresses)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called(address: str) -> None:
    assert may_be_called(ipaddress.ip_address(address), private=False)


@pytest.mark.parametrize("address", OWN)
def test_somebodys_own_addresses_may_be_called_only_where_that_is_wanted(address: str) -> None:
    assert not may_be_called(ipaddress.ip_address(address), private=False)
    assert may_be_called(ipaddress.ip_address(address), private=True)


@pytest.mark.parametrize("address", NOBODYS)
def test_link_local_metadata_and_group_addresses_are_never_called(address: str) -> None:
    assert not may_be_called(ipaddress.ip_address(address), private=False)
    assert not may_be_called(ipaddress.ip_address(address), private=True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "::1", "0"])
async def test_however_this_machine_is_spelled_it_is_not_called(host: str, listener: socket.socket) -> None:
    with pytest.raises(EgressRefused):
        await Egress(allow_private=False).connect(host, listener.getsockname()[1], None)
    with pytest.raises(BlockingIOError):
        listener.accept()


async def test_one_bad_address_among_good_ones_is_enough_to_refuse() -> None:
    with pytest.raises(EgressRefused):
        await leading_to("8.8.8.8", "10.0.0.1").addresses("mixed.example", 443)


async def test_a_refusal_does_not_say_where_the_name_leads() -> None:
    with pytest.raises(EgressRefused) as refused:
        await leading_to("10.1.2.3").addresses("inside.example", 443)
    assert "10.1.2.3" not in str(refused.value)


async def test_a_name_that_changes_after_it_was_looked_at_is_judged_again(listener: socket.socket) -> None:
    answers: list[Sequence[str]] = [["8.8.8.8"], ["127.0.0.1"]]
    egress = Egress(allow_private=False, look_up=lambda _host, _port: answers.pop(0))
    assert await egress.addresses("rebinding.example", 443)
    with pytest.raises(EgressRefused):
        await egress.connect("rebinding.example", listener.getsockname()[1], None)
    with pytest.raises(BlockingIOError):
        listener.accept()


async def test_the_address_that_was_judged_is_the_one_that_is_called(listener: socket.socket) -> None:
    answers: list[Sequence[str]] = [["127.0.0.1"]]
    egress = Egress(allow_private=True, look_up=lambda _host, _port: answers.pop())
    _, writer = await egress.connect("nowhere.invalid", listener.getsockname()[1], None)
    assert writer.get_extra_info("peername") == listener.getsockname()
    assert not answers
    writer.close()
    await writer.wait_closed()


async def test_the_next_address_is_tried_when_the_first_does_not_answer(listener: socket.socket) -> None:
    egress = leading_to("127.0.0.2", "127.0.0.1", allow_private=True)
    _, writer = await egress.connect("two.example", listener.getsockname()[1], None)
    assert writer.get_extra_info("peername") == listener.getsockname()
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 70 + ".example"])
async def test_unknown_names_are_errors_like_any_other_of_the_network(host: str) -> None:
    with pytest.raises(OSError):
        await Egress(allow_private=True).addresses(host, 443)


async def test_a_closed_one_looks_nothing_up() -> None:
    egress = Egress(allow_private=True)
    egress.close()
    with pytest.raises(RuntimeError):
        await egress.addresses("localhost", 443)
