from collections.abc import Sequence

from modelyard.domain import webhooks as domain
from modelyard.domain.errors import InvalidInput
from modelyard.domain.pages import Page
from modelyard.protocols.mlflow.wire import webhooks as wire

MOST_EVENTS = 100
"""In one request; there are far fewer different ones."""


def new(sent: wire.CreateWebhook) -> domain.NewWebhook:
    """Raises InvalidInput for an event that does not happen."""
    return domain.NewWebhook(
        name=sent.name,
        url=sent.url,
        topics=_topics(sent.events),
        description=sent.description,
        secret=sent.secret,
        status=domain.WebhookStatus(sent.status),
    )


def change(sent: wire.UpdateWebhook) -> domain.WebhookChange:
    """Raises InvalidInput for an event that does not happen."""
    return domain.WebhookChange(
        name=sent.name or None,
        url=sent.url or None,
        topics=_topics(sent.events) or None,
        description=sent.description,
        secret=sent.secret,
        status=None if sent.status is None else domain.WebhookStatus(sent.status),
    )


def _topics(sent: Sequence[wire.WebhookEvent]) -> tuple[domain.Topic, ...]:
    if len(sent) > MOST_EVENTS:
        raise InvalidInput(f"A webhook can be told of {MOST_EVENTS} events at most, not {len(sent)}")
    return tuple(map(topic, sent))


def topic(sent: wire.WebhookEvent) -> domain.Topic:
    """Raises InvalidInput for an event that does not happen."""
    entity, action = sent.entity.lower(), sent.action.lower()
    actions = sorted(known.action for known in domain.Topic if known.entity == entity)
    if action not in actions:
        raise InvalidInput(f"Invalid action '{action}' for entity '{entity}'. Valid actions are: {actions}")
    return domain.Topic(f"{entity}.{action}")


def webhook(ours: domain.Webhook) -> wire.Webhook:
    return wire.Webhook(
        webhook_id=ours.id,
        name=ours.name,
        url=ours.url,
        events=tuple(
            wire.WebhookEvent(wire.WebhookEntity(one.entity.upper()), wire.WebhookAction(one.action.upper()))
            for one in ours.topics
        ),
        status=wire.WebhookStatus(ours.status),
        creation_timestamp=ours.created_at,
        last_updated_timestamp=ours.updated_at,
        description=ours.description,
    )


def one(ours: domain.Webhook) -> wire.OneWebhook:
    return wire.OneWebhook(webhook=webhook(ours))


def found(page: Page[domain.Webhook]) -> wire.FoundWebhooks:
    return wire.FoundWebhooks(webhooks=tuple(map(webhook, page.items)), next_page_token=page.next_token or "")


def tested(answer: domain.Answer) -> wire.WebhookTested:
    result = wire.WebhookTestResult(success=answer.taken, response_status=answer.status, error_message=answer.error)
    return wire.WebhookTested(result=result)
