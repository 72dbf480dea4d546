import asyncio
import secrets
from dataclasses import replace

from modelyard.domain import names
from modelyard.domain.errors import InvalidInput, NotFound
from modelyard.domain.experiments import DEFAULT_ID
from modelyard.domain.listing import Listed, Listing
from modelyard.domain.pipelines import PipelineVersion
from modelyard.domain.principals import Principal, Resource
from modelyard.domain.triggers import (
    MOST_AN_HOUR,
    MOST_AT_ONCE,
    Firing,
    NewTrigger,
    Rule,
    Trigger,
    TriggerChange,
    TriggerKind,
)
from modelyard.formats import webhook_signatures
from modelyard.formats.pipeline_spec import feasibility, reading
from modelyard.formats.run_parameters import Occasion, bound
from modelyard.kit.clock import now_ms
from modelyard.kit.ids import hex_id
from modelyard.services import listings, pipeline_runs, pipelines
from modelyard.services.authorize import authorize
from modelyard.services.journal import event
from modelyard.storage import events, trigger_firings
from modelyard.storage import triggers as storage
from modelyard.storage.database import Database, Transaction

MOST_MAPPED = 100
LONGEST_PATH = 500
SHORTEST_SECRET, LONGEST_SECRET = 16, 1_000
_KIND = "trigger"
_SECRET_BYTES = 32


class Triggers:
    """Use cases of triggers. What they fire for is the business of `TriggerFirings`.

    Every call raises PermissionDenied when the principal may not, NotFound for an unknown id. Secrets are left out of
    what is read.
    """

    def __init__(self, database: Database, changed: asyncio.Event) -> None:
        self._database = database
        self._changed = changed

    async def create(self, principal: Principal, new: NewTrigger) -> Trigger:
        """With the secret of a webhook, this once. It fires for what happens from now on.

        Raises InvalidInput for a bad rule, parameter or secret, InvalidState for an archived experiment.
        """
        authorize(principal, "triggers.create", Resource(_KIND))
        _check_rule(new.rule)
        _check_secret(new.rule, new.secret)
        trigger = await self._database.write(lambda transaction: _store(transaction, principal, new))
        self._changed.set()
        return trigger

    async def get(self, principal: Principal, trigger_id: str) -> Trigger:
        """One trigger."""
        authorize(principal, "triggers.read", resource(trigger_id))
        found = await self._database.read(lambda transaction: existing(transaction, principal, trigger_id))
        return replace(found, secret="")

    async def list(self, principal: Principal, listing: Listing) -> Listed[Trigger]:
        """Raises InvalidInput for what cannot be filtered or sorted by, or a foreign page token."""
        authorize(principal, "triggers.read", Resource(_KIND))
        found = await listings.read(
            self._database,
            ("triggers", principal.workspace_id),
            listing,
            lambda transaction, after: storage.find(transaction, principal.workspace_id, listing, after),
        )
        return replace(found, items=[replace(one, secret="") for one in found.items])

    async def firings(self, principal: Principal, trigger_id: str, listing: Listing) -> Listed[Firing]:
        """What it has fired for, and what became of that. Raises InvalidInput as `list` does."""
        authorize(principal, "triggers.read", resource(trigger_id))

        def work(transaction: Transaction, after: listings.After) -> listings.Found[Firing]:
            existing(transaction, principal, trigger_id)
            return trigger_firings.find(transaction, trigger_id, listing, after)

        return await listings.read(self._database, ("firings", trigger_id), listing, work)

    async def update(self, principal: Principal, trigger_id: str, change: TriggerChange) -> Trigger:
        """With the secret if that was changed, this once. What has fired and waits keeps what it was given.

        Raises InvalidInput as `create` does.
        """
        authorize(principal, "triggers.update", resource(trigger_id))

        def work(transaction: Transaction) -> Trigger:
            storage.locked(transaction, trigger_id)  # so that of two changes at once none is lost
            after = _changed(transaction, principal, existing(transaction, principal, trigger_id), change)
            columns = ("name", "description", "version_id", "rule", "secret", "updated_at", "error")
            storage.change(transaction, trigger_id, {name: getattr(after, name) for name in columns})
            events.record(transaction, event(principal, "trigger.updated", resource(trigger_id), name=after.name))
            return after

        after = await self._database.write(work)
        return after if change.secret is not None else replace(after, secret="")

    async def enable(self, principal: Principal, trigger_id: str) -> None:
        """What happened while it was disabled starts nothing. Raises InvalidState in an archived experiment."""
        await self._switch(principal, trigger_id, on=True)

    async def disable(self, principal: Principal, trigger_id: str) -> None:
        """Runs that it has started go on, and so does what waits already."""
        await self._switch(principal, trigger_id, on=False)

    async def _switch(self, principal: Principal, trigger_id: str, *, on: bool) -> None:
        authorize(principal, "triggers.update", resource(trigger_id))

        def work(transaction: Transaction) -> None:
            trigger = existing(transaction, principal, trigger_id)
            if trigger.enabled == on:
                return
            values: dict[str, object] = {"enabled": int(on), "updated_at": now_ms()}
            if on:
                pipeline_runs.open_experiment(transaction, principal, trigger.experiment_id)
                values |= {"seen": storage.last_event(transaction), "error": ""}
            storage.change(transaction, trigger_id, values)
            verb = "enabled" if on else "disabled"
            events.record(transaction, event(principal, f"trigger.{verb}", resource(trigger_id)))

        await self._database.write(work)
        self._changed.set()

    async def delete(self, principal: Principal, trigger_id: str) -> None:
        """With its history; runs that it has started stay."""
        authorize(principal, "triggers.delete", resource(trigger_id))

        def work(transaction: Transaction) -> None:
            trigger = existing(transaction, principal, trigger_id)
            storage.remove(transaction, trigger_id)
            events.record(transaction, event(principal, "trigger.deleted", resource(trigger_id), name=trigger.name))

        await self._database.write(work)


def existing(transaction: Transaction, principal: Principal, trigger_id: str) -> Trigger:
    """With its secret. Raises NotFound."""
    found = storage.by_id(transaction, principal.workspace_id, trigger_id)
    if found is None:
        raise NotFound(f"There is no trigger {trigger_id}")
    return found


def resource(trigger_id: str) -> Resource:
    """What its events are about."""
    return Resource(_KIND, trigger_id)


def _check_rule(rule: Rule) -> None:
    if rule.kind is TriggerKind.WEBHOOK and rule.model:
        raise InvalidInput("A webhook is not about a model; leave the model out, or choose another kind")
    if rule.kind is not TriggerKind.ALIAS and rule.alias:
        raise InvalidInput(f"A trigger of kind {rule.kind} is not about an alias; leave it out, or choose kind alias")
    if rule.model:
        names.model_name(rule.model)
    if rule.alias:
        names.written_alias(rule.alias)
    if not 1 <= rule.most_at_once <= MOST_AT_ONCE:
        raise InvalidInput(f"max_concurrency is {rule.most_at_once}; it must be between 1 and {MOST_AT_ONCE}")
    if not 1 <= rule.most_an_hour <= MOST_AN_HOUR:
        raise InvalidInput(f"max_per_hour is {rule.most_an_hour}; it must be between 1 and {MOST_AN_HOUR}")
    if len(rule.mapping) > MOST_MAPPED or any(not 1 <= len(path) <= LONGEST_PATH for path in rule.mapping.values()):
        raise InvalidInput(
            f"At most {MOST_MAPPED} parameters may be taken from an event, each from a field that is written in 1 to "
            f"{LONGEST_PATH} characters, such as data.day"
        )
    if twice := sorted(set(rule.mapping) & set(rule.parameters)):
        raise InvalidInput(f"{', '.join(map(repr, twice))}: given a value and taken from the event; choose one")


def _check_secret(rule: Rule, secret: str) -> None:
    names.free_text(secret, "secret")
    if secret and rule.kind is not TriggerKind.WEBHOOK:
        raise InvalidInput("Only a webhook has a secret")
    if secret and not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
        raise InvalidInput(
            f"The secret has {len(secret)} characters; it must have {SHORTEST_SECRET} to {LONGEST_SECRET}. Leave "
            "it out to be given one"
        )


def _secret(rule: Rule, given: str) -> str:
    if rule.kind is not TriggerKind.WEBHOOK:
        return ""
    return given or webhook_signatures.new_secret(secrets.token_bytes(_SECRET_BYTES))


def _checked(
    transaction: Transaction, principal: Principal, rule: Rule, pipeline_id: str, version_id: str
) -> PipelineVersion:
    """What would be run now. Raises InvalidInput for parameters that it does not take."""
    version = pipelines.chosen_version(transaction, principal, pipeline_id, version_id)
    spec, now = reading.parse(version.document), now_ms()
    feasibility.check(spec)
    takes = spec.root.inputs.parameters
    if unknown := sorted(set(rule.mapping) - set(takes)):
        raise InvalidInput(f"The pipeline has no parameter {', '.join(map(repr, unknown))} to take from an event")
    unmapped = {name: one for name, one in takes.items() if name not in rule.mapping}
    bound(unmapped, rule.parameters, Occasion("", now, now))
    return version


def _changed(transaction: Transaction, principal: Principal, before: Trigger, change: TriggerChange) -> Trigger:
    rule = change.rule(before.rule)
    _check_rule(rule)
    if change.secret is not None:
        if rule.kind is not TriggerKind.WEBHOOK:
            raise InvalidInput("Only a webhook has a secret")
        _check_secret(rule, change.secret)
    version_id = before.version_id if change.version_id is None else change.version_id
    _checked(transaction, principal, rule, before.pipeline_id, version_id)
    return replace(
        before,
        name=names.run_name(change.name or "") or before.name,
        description=before.description
        if change.description is None
        else names.free_text(change.description, "description"),
        version_id=version_id,
        rule=rule,
        secret=before.secret if change.secret is None else _secret(rule, change.secret),
        updated_at=now_ms(),
        error="",
    )


def _store(transaction: Transaction, principal: Principal, new: NewTrigger) -> Trigger:
    experiment = pipeline_runs.open_experiment(transaction, principal, new.experiment_id or DEFAULT_ID)
    version, now = _checked(transaction, principal, new.rule, new.pipeline_id, new.version_id), now_ms()
    trigger = Trigger(
        id=hex_id(),
        workspace_id=principal.workspace_id,
        experiment_id=experiment,
        name=names.run_name(new.name) or f"Trigger of {reading.parse(version.document).name}",
        description=names.free_text(new.description, "description"),
        rule=new.rule,
        enabled=new.enabled,
        user=principal.name,
        created_at=now,
        updated_at=now,
        pipeline_id=version.pipeline_id,
        version_id=new.version_id,
        secret=_secret(new.rule, new.secret),
        seen=storage.last_event(transaction),
    )
    storage.insert_one(transaction, trigger)
    events.record(transaction, event(principal, "trigger.created", resource(trigger.id), name=trigger.name))
    return trigger
