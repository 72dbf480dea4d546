"""Deliveries of webhooks to us: who sent them, and when.

Signed as Standard Webhooks (https://www.standardwebhooks.com) has it, or as MLflow does, which differs in the names of
the headers and takes the secret as it is written.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from modelyard.domain.errors import Unauthenticated

TOLERANCE = 300
"""Seconds that a delivery may be old, or from the future."""

LONGEST_ID = 200
_PREFIX = "whsec_"
_STANDARD = ("webhook-id", "webhook-timestamp", "webhook-signature")
_MLFLOW = ("x-mlflow-delivery-id", "x-mlflow-timestamp", "x-mlflow-signature")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One that was signed with the secret. A sender that tries again keeps the id and signs at another time."""

    id: str
    seconds: int


def verified(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> Delivery:
    """`now` is seconds since the epoch. Raises Unauthenticated, in words that tell nothing of the secret."""
    names = _MLFLOW if _MLFLOW[2] in headers else _STANDARD
    id_, stamp, signatures = (headers.get(name, "") for name in names)
    if not (id_ and stamp and signatures):
        raise Unauthenticated(f"The delivery is not signed: send the headers {', '.join(_STANDARD)}")
    if len(id_) > LONGEST_ID or not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 12):
        raise Unauthenticated(f"{names[0]} may have {LONGEST_ID} characters, {names[1]} is in seconds since 1970")
    if abs(now - int(stamp)) > TOLERANCE:
        raise Unauthenticated(
            f"{names[1]} is more than {TOLERANCE} seconds from this server's clock; sign the delivery again"
        )
    key = secret.encode() if names is _MLFLOW else key_of(secret)
    wanted = signature(id_, int(stamp), body, key).encode()
    given = [one.encode("utf-8", "replace") for one in signatures.split()[:10]]
    if not any([hmac.compare_digest(one, wanted) for one in given]):  # noqa: C419 - each is looked at, in equal time
        raise Unauthenticated("The signature is not that of this body with the trigger's secret")
    return Delivery(id_, int(stamp))


def headers(id_: str, seconds: int, body: bytes, secret: str) -> dict[str, str]:
    """What goes with a delivery."""
    return dict(zip(_STANDARD, (id_, str(seconds), signature(id_, seconds, body, key_of(secret))), strict=True))


def signature(id_: str, seconds: int, body: bytes, key: bytes) -> str:
    """`v1,` and the digest."""
    signed = hmac.digest(key, f"{id_}.{seconds}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(signed).decode()


def key_of(secret: str) -> bytes:
    """What follows `whsec_` is base64; any other secret is taken as it is written."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return secret.encode()


def new_secret(random: bytes) -> str:
    """As the standard writes it."""
    return _PREFIX + base64.b64encode(random).decode()
