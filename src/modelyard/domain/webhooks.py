"""Webhooks: who wants to be told by HTTP of what happens in the registry, and what is on its way to them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from modelyard.domain import names
from modelyard.domain.errors import InvalidInput

URL_LENGTH = 2_000
SECRET_LENGTH = 1_000
DESCRIPTION_LENGTH = 1_000

_NAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?")


class Topic(StrEnum):
    """What a webhook can be told of: something, and what was done to it. Models that are prompts have topics apart.

    Of budgets, which MLflow's gateway keeps, one can ask to be told; here nothing happens to any.
    """

    REGISTERED_MODEL_CREATED = "registered_model.created"
    MODEL_VERSION_CREATED = "model_version.created"
    MODEL_VERSION_TAG_SET = "model_version_tag.set"
    MODEL_VERSION_TAG_DELETED = "model_version_tag.deleted"
    MODEL_VERSION_ALIAS_CREATED = "model_version_alias.created"
    MODEL_VERSION_ALIAS_DELETED = "model_version_alias.deleted"
    PROMPT_CREATED = "prompt.created"
    PROMPT_VERSION_CREATED = "prompt_version.created"
    PROMPT_TAG_SET = "prompt_tag.set"
    PROMPT_TAG_DELETED = "prompt_tag.deleted"
    PROMPT_VERSION_TAG_SET = "prompt_version_tag.set"
    PROMPT_VERSION_TAG_DELETED = "prompt_version_tag.deleted"
    PROMPT_ALIAS_CREATED = "prompt_alias.created"
    PROMPT_ALIAS_DELETED = "prompt_alias.deleted"
    BUDGET_POLICY_EXCEEDED = "budget_policy.exceeded"

    @property
    def entity(self) -> str:
        return self.partition(".")[0]

    @property
    def action(self) -> str:
        return self.partition(".")[2]


class WebhookStatus(StrEnum):
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class Webhook:
    """What may be shown of one; its secret is nowhere to be read. Times are milliseconds since the epoch."""

    id: str
    name: str
    url: str
    topics: Sequence[Topic]
    status: WebhookStatus
    created_at: int
    updated_at: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """Without a secret, deliveries are not signed."""

    name: str
    url: str
    topics: Sequence[Topic]
    description: str = ""
    secret: str = field(default="", repr=False)
    status: WebhookStatus = WebhookStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class WebhookChange:
    """What is to be another; None stays as it is, and an empty secret takes the secret away."""

    name: str | None = None
    url: str | None = None
    topics: Sequence[Topic] | None = None
    description: str | None = None
    secret: str | None = field(default=None, repr=False)
    status: WebhookStatus | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one webhook; the id stays the same however often it is tried. `attempts` are those made so far."""

    id: str
    webhook_id: str
    webhook_name: str
    url: str
    payload: str
    secret: str = field(default="", repr=False)
    attempts: int = 0
    created_at: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """How a receiver took a delivery: its HTTP status, or why there was none. Its body is never kept."""

    status: int | None = None
    error: str = ""

    @property
    def taken(self) -> bool:
        """Whether the receiver said that it has it. A redirect is no such answer: it is not followed."""
        return self.status is not None and 200 <= self.status < 300


class Courier(Protocol):
    """Carries deliveries to receivers, and only to where they may go."""

    async def check(self, url: str) -> None:
        """Raises InvalidInput for a URL that nothing may be delivered to."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """One try. Whatever goes wrong is in the answer; nothing is raised for it."""


def webhook_name(name: str) -> str:
    """Raises InvalidInput for what no webhook can be called."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"Webhook name {name[:80]!r} is invalid. It must start and end with a letter or digit, have at most 63 "
            "characters, and contain only letters, digits, dots (.), underscores (_), and hyphens (-)."
        )
    return name


def topics(wanted: Sequence[Topic]) -> Sequence[Topic]:
    """Each once, in the order of their names. Raises InvalidInput for none."""
    if not wanted:
        raise InvalidInput("Webhook events must be a non-empty list; name at least one, such as model_version.created")
    return tuple(sorted(set(wanted), key=lambda topic: (topic.entity, topic.action)))


def description(text: str) -> str:
    return _limited(names.free_text(text, "description"), "description", DESCRIPTION_LENGTH)


def secret(text: str) -> str:
    return _limited(names.free_text(text, "secret"), "secret", SECRET_LENGTH)


def _limited(text: str, what: str, length: int) -> str:
    if len(text) > length:
        raise InvalidInput(f"The webhook's {what} has {len(text)} characters; at most {length} are allowed")
    return text
