import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.webhook_urls import Target, target


def test_a_url_is_taken_apart() -> None:
    expected = Target(secure=True, host="hooks.example", port=443, authority="Hooks.example", path="/in?x=1&y")
    assert target("https://Hooks.example/in?x=1&y#part", allow_http=False) == expected
    with_port = target("https://[2606:4700::1111]:8443", allow_http=False)
    assert (with_port.host, with_port.port, with_port.path) == ("2606:4700::1111", 8443, "/")
    assert with_port.authority == "[2606:4700::1111]:8443"


def test_http_is_for_those_who_allow_it() -> None:
    assert target("http://hooks.example", allow_http=True).port == 80
    with pytest.raises(InvalidInput, match=r"scheme: 'http'\. Allowed schemes are: https\."):
        target("http://hooks.example", allow_http=False)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://x/", "ftp://x/", "//x/", "x", "javascript:1", "data:,"]
)
@pytest.mark.parametrize("allow_http", [True, False])
def test_other_schemes_are_never_allowed(url: str, *, allow_http: bool) -> None:
    with pytest.raises(InvalidInput, match="Invalid webhook URL scheme"):
        target(url, allow_http=allow_http)


@pytest.mark.parametrize(
    "url", ["", "  ", "https://", "https:///path", "https://x:0/", "https://x:99999/", "https://x:y/", "https://[::1/"]
)
def test_urls_that_lead_nowhere_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="URL"):
        target(url, allow_http=False)


@pytest.mark.parametrize("url", ["https://x/a b", "https://x/\r\nHost: y", "https://x/\x00", "https://é.example/"])
def test_what_could_break_a_request_apart_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="characters"):
        target(url, allow_http=False)


def test_passwords_do_not_belong_in_urls_and_are_not_repeated() -> None:
    with pytest.raises(InvalidInput, match="give the webhook a secret") as refused:
        target("https://me:hush@hooks.example/", allow_http=False)
    assert "hush" not in refused.value.message


def test_a_url_has_an_end() -> None:
    with pytest.raises(InvalidInput, match="2000"):
        target("https://x/" + "y" * 2_000, allow_http=False)
