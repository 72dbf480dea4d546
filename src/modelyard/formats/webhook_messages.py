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
_MODEL, _PROMPT = {"name": "example_model"}, {"name": "example_prompt"}
_TAGS = {"tags": {"example_key": "example_value"}}
_KEY, _ALIAS, _VERSION = {"key": "example_key"}, {"alias": "example_alias"}, {"version": "1"}
_TAG = {**_KEY, "value": "example_value"}
_EXAMPLES: Mapping[Topic, Data] = {
    Topic.REGISTERED_MODEL_CREATED: {**_MODEL, **_TAGS, "description": "An example registered model"},
    Topic.MODEL_VERSION_CREATED: {
        **_MODEL,
        **_VERSION,
        "source": "models:/123",
        "run_id": "abcd1234abcd5678",
        **_TAGS,
        "description": "An example model version",
    },
    Topic.MODEL_VERSION_TAG_SET: {**_MODEL, **_VERSION, **_TAG},
    Topic.MODEL_VERSION_TAG_DELETED: {**_MODEL, **_VERSION, **_KEY},
    Topic.MODEL_VERSION_ALIAS_CREATED: {**_MODEL, **_ALIAS, **_VERSION},
    Topic.MODEL_VERSION_ALIAS_DELETED: {**_MODEL, **_ALIAS},
    Topic.PROMPT_CREATED: {**_PROMPT, **_TAGS, "description": "An example prompt"},
    Topic.PROMPT_VERSION_CREATED: {
        **_PROMPT,
        **_VERSION,
        "template": "Hello {{name}}!",
        **_TAGS,
        "description": "An example prompt version",
    },
    Topic.PROMPT_TAG_SET: {**_PROMPT, **_TAG},
    Topic.PROMPT_TAG_DELETED: {**_PROMPT, **_KEY},
    Topic.PROMPT_VERSION_TAG_SET: {**_PROMPT, **_VERSION, **_TAG},
    Topic.PROMPT_VERSION_TAG_DELETED: {**_PROMPT, **_VERSION, **_KEY},
    Topic.PROMPT_ALIAS_CREATED: {**_PROMPT, **_ALIAS, **_VERSION},
    Topic.PROMPT_ALIAS_DELETED: {**_PROMPT, **_ALIAS},
    Topic.BUDGET_POLICY_EXCEEDED: {
        "budget_policy_id": "bp-abc123",
        "budget_unit": "USD",
        "budget_amount": 100.0,
        "current_spend": 105.5,
        "duration_unit": "MONTHS",
        "duration_value": 1,
        "target_scope": "ENDPOINT",
        "workspace": "default",
        "target_value": "ep-abc123",
        "window_start": 1_704_067_200_000,
    },
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
