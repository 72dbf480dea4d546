"""Ours to the wire's and back, pure."""

from modelyard.domain.listing import Listed
from modelyard.domain.triggers import Firing, NewTrigger, Rule, Trigger, TriggerChange, TriggerKind
from modelyard.protocols.native import convert_starters
from modelyard.protocols.native import wire_triggers as wire


def trigger(one: Trigger) -> wire.Trigger:
    rule = one.rule
    return wire.Trigger(
        **convert_starters.told(one),
        kind=rule.kind.value,
        model=rule.model,
        alias=rule.alias,
        parameters=dict(rule.parameters),
        mapping=dict(rule.mapping),
        max_concurrency=rule.most_at_once,
        max_per_hour=rule.most_an_hour,
        secret=one.secret,
    )


def trigger_page(found: Listed[Trigger]) -> wire.Triggers:
    return wire.Triggers([trigger(one) for one in found.items], found.total, found.next_token)


def new_trigger(sent: wire.CreateTrigger) -> NewTrigger:
    rule = Rule(
        kind=TriggerKind(sent.kind),
        model=sent.model,
        alias=sent.alias,
        parameters=sent.parameters,
        mapping=sent.mapping,
        most_at_once=sent.max_concurrency,
        most_an_hour=sent.max_per_hour,
    )
    return NewTrigger(**convert_starters.asked(sent), rule=rule, secret=sent.secret)


def trigger_change(sent: wire.ChangeTrigger) -> TriggerChange:
    return TriggerChange(
        name=sent.name,
        description=sent.description,
        version_id=sent.version_id,
        model=sent.model,
        alias=sent.alias,
        parameters=sent.parameters,
        mapping=sent.mapping,
        most_at_once=sent.max_concurrency,
        most_an_hour=sent.max_per_hour,
        secret=sent.secret,
    )


def firing(one: Firing) -> wire.Firing:
    return wire.Firing(
        id=one.id,
        trigger_id=one.trigger_id,
        state=one.state.value,
        at=one.at,
        said=one.said,
        parameters=dict(one.parameters),
        run_id=one.run_id,
        error=one.error,
        created_at=one.created_at,
        ended_at=one.ended_at,
    )


def firing_page(found: Listed[Firing]) -> wire.Firings:
    return wire.Firings([firing(one) for one in found.items], found.total, found.next_token)
