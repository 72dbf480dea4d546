import asyncio
import uuid
from dataclasses import replace

from modelyard.domain import webhooks as rules
from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.pages import Page, PageRequest
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.webhooks import Answer, Courier, Delivery, NewWebhook, Topic, Webhook, WebhookChange
from modelyard.formats import page_tokens, webhook_messages
from modelyard.kit.clock import now_ms
from modelyard.services import paging
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.storage import events
from modelyard.storage import webhooks as storage
from modelyard.storage.database import Database, Transaction

DEFAULT_PAGE = 100
MOST_PER_PAGE = 1_000
TESTS_AT_ONCE = 8
_KIND = "webhook"


class Webhooks:
    """Use cases of webhooks. Every call raises PermissionDenied when the principal may not, NotFound for an unknown id.

    A secret is only ever written. `courier` judges URLs and carries what `test` sends.
    """

    def __init__(self, database: Database, courier: Courier) -> None:
        self._database = database
        self._courier = courier
        self._tests = asyncio.Semaphore(TESTS_AT_ONCE)

    async def create(self, principal: Principal, new: NewWebhook) -> Webhook:
        """Raises InvalidInput for a bad name, no topics, or a URL that nothing may be delivered to."""
        authorize(principal, "webhooks.create", Resource(_KIND))
        rules.webhook_name(new.name)
        rules.description(new.description)
        rules.secret(new.secret)
        checked = replace(new, topics=rules.topics(new.topics))
        await self._courier.check(new.url)
        id_ = str(uuid.uuid4())

        def work(transaction: Transaction) -> Webhook:
            storage.insert_one(transaction, principal.workspace_id, id_, checked, principal.name, now_ms())
            created = event(principal, "webhook.created", Resource(_KIND, id_), name=new.name, url=new.url)
            events.record(transaction, created)
            return _existing(transaction, principal, id_)

        return await self._database.write(work)

    async def get(self, principal: Principal, id_: str) -> Webhook:
        """Deleted ones are not found."""
        authorize(principal, "webhooks.read", Resource(_KIND, id_))
        return await self._database.read(lambda transaction: _existing(transaction, principal, id_))

    async def list(self, principal: Principal, page: PageRequest) -> Page[Webhook]:
        """Newest first; 100 for a limit of 0. Raises InvalidInput for a page over 1,000 or a foreign token."""
        authorize(principal, "webhooks.read", Resource(_KIND))
        limit = page.limit or DEFAULT_PAGE
        if not 1 <= limit <= MOST_PER_PAGE:
            raise InvalidInput(f"max_results must be between 1 and {MOST_PER_PAGE}.")
        digest = page_tokens.digest_of("webhooks")
        after = paging.start(page, digest)
        items, last = await self._database.read(
            lambda transaction: storage.newest(transaction, principal.workspace_id, after, limit)
        )
        return paging.finish(items, last, digest)

    async def update(self, principal: Principal, id_: str, change: WebhookChange) -> Webhook:
        """What waits to be delivered goes by the new URL and secret. Raises InvalidInput as `create` does."""
        authorize(principal, "webhooks.update", Resource(_KIND, id_))
        values = _values(change)
        if change.url is not None:
            await self._courier.check(change.url)

        def work(transaction: Transaction) -> Webhook:
            _existing(transaction, principal, id_)
            storage.change(transaction, id_, now_ms(), values)
            changed = ", ".join(sorted(values))  # what they are now is nobody's business: one is the secret
            events.record(transaction, event(principal, "webhook.updated", Resource(_KIND, id_), changed=changed))
            return _existing(transaction, principal, id_)

        return await self._database.write(work)

    async def delete(self, principal: Principal, id_: str) -> None:
        """What waits to be delivered is dropped."""
        authorize(principal, "webhooks.delete", Resource(_KIND, id_))

        def work(transaction: Transaction) -> None:
            existing = _existing(transaction, principal, id_)
            storage.remove(transaction, id_, now_ms())
            deleted = event(principal, "webhook.deleted", Resource(_KIND, id_), name=existing.name)
            events.record(transaction, deleted)

        await self._database.write(work)

    async def test(self, principal: Principal, id_: str, topic: Topic | None = None) -> Answer:
        """Sends an example of `topic`, else of the webhook's first one, once, whatever the webhook's status."""
        authorize(principal, "webhooks.test", Resource(_KIND, id_))
        found = await self.get(principal, id_)
        secret = await self._database.read(
            lambda transaction: storage.secret_of(transaction, principal.workspace_id, id_)
        )
        chosen = topic or found.topics[0]
        payload = webhook_messages.document(chosen, now_ms(), webhook_messages.example(chosen))
        async with self._tests:
            return await self._courier.deliver(Delivery(str(uuid.uuid4()), id_, found.name, found.url, payload, secret))


def _values(change: WebhookChange) -> dict[str, object]:
    """What changes, by column. Raises InvalidInput."""
    values: dict[str, object] = {}
    if change.name is not None:
        values["name"] = rules.webhook_name(change.name)
    if change.url is not None:
        values["url"] = change.url
    if change.topics is not None:
        values["events"] = rules.topics(change.topics)
    if change.description is not None:
        values["description"] = rules.description(change.description)
    if change.secret is not None:
        values["secret"] = rules.secret(change.secret) or None
    if change.status is not None:
        values["status"] = change.status
    return values


def _existing(transaction: Transaction, principal: Principal, id_: str) -> Webhook:
    found = storage.by_id(transaction, principal.workspace_id, id_)
    if found is None:
        raise NotFound(f"Webhook with ID {id_[:80]} not found.")
    return found
