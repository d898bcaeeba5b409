"""Builders: valid by default, each field overridden by name."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

from kmop_lifecycle.domain.case import Actor, Case, Change, Contact, Event, Notice, Party
from kmop_lifecycle.domain.lifecycle import Role, State, Trigger
from kmop_lifecycle.domain.rulebook import Kind, Service

NUMBER = "2026-000001"
ENTERPRISE = "0566988259"
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
TODAY = date(2026, 1, 5)


def case(**overrides: Any) -> Case:
    """An application, just submitted."""
    values: dict[str, Any] = {
        "number": NUMBER,
        "enterprise": ENTERPRISE,
        "kind": Kind.BASIC,
        "services": {Service.TRAINING: ("digitalisering",)},
        "bureau": "Vinçotte",
        "applied_on": TODAY,
        "rules_on": TODAY,
        "state": State.APPLIED,
        "version": 1,
        "last_on": TODAY,
    }
    return Case(**values | overrides)


def event(**overrides: Any) -> Event:
    """The submission of that application."""
    values: dict[str, Any] = {
        "case": NUMBER,
        "seq": 1,
        "trigger": Trigger.SUBMIT,
        "source": None,
        "to": State.APPLIED,
        "by": Actor(Role.PROVIDER, "acme"),
        "on": TODAY,
    }
    return Event(**values | overrides)


def notice(**overrides: Any) -> Notice:
    """A reminder to the provider, by mail."""
    values: dict[str, Any] = {
        "case": NUMBER,
        "ladder": "renewal",
        "anchor": "valid_until",
        "anchor_on": date(2031, 1, 5),
        "rung": "-6m",
        "role": Role.PROVIDER,
        "recipient": "provider",
        "channel": "email",
        "due_on": date(2030, 7, 5),
    }
    return Notice(**values | overrides)


def party(**overrides: Any) -> Party:
    """The personal side of the provider."""
    values: dict[str, Any] = {
        "enterprise": ENTERPRISE,
        "name": "Acme BV",
        "iban": "BE68539007547034",
        "establishment_units": ("2123456789",),
        "contact": Contact(name="Jo Maes", email="jo@acme.example"),
    }
    return Party(**values | overrides)


_OF_CASE = frozenset(field.name for field in fields(Case)) - {"number"}


def opening(number: str = NUMBER, **overrides: Any) -> Change:
    """The change that opens a case; overrides go to the case, `notices` and `party` beside it."""
    after = case(number=number, **{k: v for k, v in overrides.items() if k in _OF_CASE})
    return Change(
        before=None,
        after=after,
        event=event(case=number, to=after.state, on=after.applied_on),
        notices=overrides.get("notices", ()),
        party=overrides.get("party"),
    )


def step(before: Case, trigger: Trigger = Trigger.CONFIRM_PREPARED, **overrides: Any) -> Change:
    """The change that takes a case one version further; overrides go to the case."""
    after = replace(before, **{"version": before.version + 1} | overrides)
    told = event(
        case=before.number,
        seq=after.version,
        trigger=trigger,
        source=before.state,
        to=after.state,
        on=after.last_on,
    )
    return Change(before=before, after=after, event=told)
