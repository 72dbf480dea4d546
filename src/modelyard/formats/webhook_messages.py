"""Webhook messages as MLflow's receivers know them: the JSON document, the headers, and the signature.

Signed as Standard Webhooks (https://www.standardwebhooks.com) has it: HMAC-SHA256 over `id.timestamp.body`, in base64.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from modelyard.domain.webhooks import Topic

Data = Mapping[str, object]
_NAMED = {"name": "example_model"}
_OF_VERSION = {**_NAMED, "version": "1"}
_DESCRIBED = {"tags": {"example_key": "example_value"}, "description": "An example"}
_TAG = {"key": "example_key", "value": "example_value"}
_EXAMPLES: Mapping[Topic, Data] = {
    Topic.REGISTERED_MODEL_CREATED: {**_NAMED, **_DESCRIBED},
    Topic.MODEL_VERSION_CREATED: {
        **_OF_VERSION,
        "source": "models:/m-0123456789abcdef0123456789abcdef",
        "run_id": "0123456789abcdef0123456789abcdef",
        **_DESCRIBED,
    },
    Topic.MODEL_VERSION_TAG_SET: {**_OF_VERSION, **_TAG},
    Topic.MODEL_VERSION_TAG_DELETED: {**_OF_VERSION, "key": "example_key"},
    Topic.MODEL_VERSION_ALIAS_CREATED: {**_NAMED, "alias": "example_alias", "version": "1"},
    Topic.MODEL_VERSION_ALIAS_DELETED: {**_NAMED, "alias": "example_alias"},
    Topic.PROMPT_CREATED: {**_NAMED, **_DESCRIBED},
    Topic.PROMPT_VERSION_CREATED: {**_OF_VERSION, "template": "Hello {{name}}!", **_DESCRIBED},
    Topic.PROMPT_TAG_SET: {**_NAMED, **_TAG},
    Topic.PROMPT_TAG_DELETED: {**_NAMED, "key": "example_key"},
    Topic.PROMPT_VERSION_TAG_SET: {**_OF_VERSION, **_TAG},
    Topic.PROMPT_VERSION_TAG_DELETED: {**_OF_VERSION, "key": "example_key"},
    Topic.PROMPT_ALIAS_CREATED: {**_NAMED, "alias": "example_alias", "version": "1"},
    Topic.PROMPT_ALIAS_DELETED: {**_NAMED, "alias": "example_alias"},
}


def document(topic: Topic, at: int, data: Data) -> str:
    """The body of a delivery; `at` is when it happened, in milliseconds since the epoch."""
    happened = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    return json.dumps(
        {"entity": topic.entity, "action": topic.action, "timestamp": happened, "data": data},
        separators=(",", ":"),
    )


def example(topic: Topic) -> Data:
    """Made-up data of the shape that deliveries of this topic have."""
    return _EXAMPLES[topic]


def headers(delivery_id: str, payload: str, secret: str, seconds: int) -> Sequence[tuple[str, str]]:
    """What goes with one try at `seconds` since the epoch; without a secret there is no signature."""
    named = [("X-MLflow-Delivery-Id", delivery_id), ("X-MLflow-Timestamp", str(seconds))]
    if secret:
        named.append(("X-MLflow-Signature", signature(delivery_id, payload, secret, seconds)))
    return named


def signature(delivery_id: str, payload: str, secret: str, seconds: int) -> str:
    """`v1,` and the digest, for the receiver to compare with its own."""
    digest = hmac.digest(secret.encode(), f"{delivery_id}.{seconds}.{payload}".encode(), hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()
