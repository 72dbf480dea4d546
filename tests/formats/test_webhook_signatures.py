import pytest

from modelyard.domain.errors import Unauthenticated
from modelyard.formats import webhook_messages, webhook_signatures
from modelyard.formats.webhook_signatures import Delivery, headers, new_secret, verified

NOW = 1_700_000_000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


def test_the_standards_own_example_is_verified() -> None:
    sent = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert verified(sent, BODY, SECRET, 1614265330) == Delivery(sent["webhook-id"], 1614265330)


def test_a_delivery_of_a_webhook_of_mlflow_is_verified() -> None:
    sent = {name.lower(): value for name, value in webhook_messages.headers("id", BODY.decode(), SECRET, NOW)}
    assert verified(sent, BODY, SECRET, NOW + 10) == Delivery("id", NOW)


def test_of_several_signatures_one_is_enough() -> None:
    sent = headers("id", NOW, BODY, SECRET)
    sent["webhook-signature"] = f"v1a,other v1,wrong {sent['webhook-signature']}"
    assert verified(sent, BODY, SECRET, NOW) == Delivery("id", NOW)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "other"),
        ("webhook-id", ""),
        ("webhook-id", "i" * 201),
        ("webhook-timestamp", str(NOW + 1)),
        ("webhook-timestamp", "٣"),
        ("webhook-timestamp", "-1"),
        ("webhook-timestamp", "9" * 5000),
        ("webhook-signature", ""),
        ("webhook-signature", "v1,ü"),
        ("webhook-signature", "v1,"),
    ],
)
def test_any_other_header_is_refused(name: str, value: str) -> None:
    with pytest.raises(Unauthenticated):
        verified({**headers("id", NOW, BODY, SECRET), name: value}, BODY, SECRET, NOW)


def test_what_is_too_old_or_from_the_future_is_refused() -> None:
    sent = headers("id", NOW, BODY, SECRET)
    for now in (NOW - 301, NOW + 301):
        with pytest.raises(Unauthenticated, match="300 seconds"):
            verified(sent, BODY, SECRET, now)


def test_a_secret_that_is_made_is_one_of_the_standard() -> None:
    assert webhook_signatures.key_of(new_secret(b"r" * 32)) == b"r" * 32
    assert webhook_signatures.key_of("whsec_not base64") == b"whsec_not base64"
