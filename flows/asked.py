"""What a step's form asks: the page says who may, the command says which fields, this says how.

The fields of a form are those of the step's command (`commands.SHAPES`); each is worded once,
here, and in this order.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pydantic import MISSING

from flows import choices
from flows.forms import (
    KINDS,
    Day,
    ExemptionForm,
    MeasureForm,
    NumbersForm,
    ScoresForm,
    ask,
)
from kmop_lifecycle.domain.commands import SHAPES, Reason, Verdict
from kmop_lifecycle.domain.lifecycle import STEPS, Role, Trigger

Asked = tuple[Any, str, Mapping[str, Any]]  # type, words, more of its schema

FIELDS: Mapping[str, Asked] = {
    "visit_on": (Day, "Day of the visit", {}),
    "auditor": (str, "The auditor's user name", {"examples": ["an.peeters"]}),
    "declaration_signed_on": (Day, "Declaration on honour: signed on", {}),
    "knowledge_test_passed_on": (Day, "Knowledge test: passed on", {}),
    "quote_accepted_on": (Day, "Quote: accepted on", {}),
    "exemption": (ExemptionForm, "For an audit with exemption: the certificate", {}),
    "bureau": (str, "Only when another bureau takes over", choices.bureau()),
    "scores": (ScoresForm, "Both scores of each indicator", {}),
    "report_approved_on": (Day, "When the provider approved the visit report", {}),
    "hours": (float, "Hours spent", {"minimum": 0}),
    "report": (str, "Reference of the report", {"examples": ["R-2026-001"]}),
    "verdict": (Verdict, "The committee's word", {}),
    "measures": (list[MeasureForm], "Of a corrective verdict: what must be put right", {}),
    "answers": (list[str], "One answer to each measure, in their order", {}),
    "decided_on": (Day, "Date of the decision; empty: the day below", {}),
    "numbers": (NumbersForm, "Registration numbers, as far as given", {}),
    "lodged_on": (Day, "When the appeal was lodged; empty: the day below", {}),
    "review_on": (Day, "When to look again; empty: the latest day allowed", {}),
    "heard_on": (Day, "When the provider was heard", {}),
    "kind": (str, "The new audit kind", {"enum": KINDS}),
    "active_since": (Day, "For a starter: start of the activity", {}),
    "reason": (str, "Why, where a reason is asked (no personal data)", {}),
}
_GROUPS = (ExemptionForm, NumbersForm, ScoresForm)


def who_may(trigger: Trigger) -> tuple[Role, ...]:
    """Return who may take this step by a form, the most usual first; the clock needs none."""
    found = dict.fromkeys(role for step in STEPS if step.trigger is trigger for role in step.by)
    return tuple(role for role in found if role is not Role.SYSTEM)


def details(trigger: Trigger) -> dict[str, tuple[Any, Any]]:
    """Return the fields that this step is told, each with its type and how it is asked for."""
    shape = {field.name: field for field in dataclasses.fields(SHAPES.get(trigger, Reason))}
    asked: dict[str, tuple[Any, Any]] = {}
    for position, (name, (kind, words, schema)) in enumerate(FIELDS.items(), 1):
        if name in shape:
            default = ... if _needed(shape[name]) else _empty(kind)
            title = name.replace("_", " ").capitalize()
            asked[name] = kind, ask(position, words, default, title=title, **schema)
    return asked


def actors(trigger: Trigger) -> dict[str, tuple[Any, Any]]:
    """Return the fields that say who acts, and when."""
    roles = [str(role) for role in who_may(trigger)]
    name = "Who acts: the user name, not the full name; the four-eyes rule goes by it"
    day = "The day it happened; empty: today. Never in the future"
    asked = {
        "role": (str, ask(51, "In which role", roles[0], title="Role", enum=roles)),
        "user": (str, ask(52, name, title="User", examples=["an.peeters"])),
        "on": (Day, ask(53, day, MISSING, title="On")),
        "dry_run": (bool, ask(54, "Only say what would happen", default=False, title="Dry run")),
    }
    if len(roles) == 1:
        del asked["role"]  # there is nothing to choose
    return asked


def told_by(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form's details as the command takes them."""
    data = {name: value for name, value in given.items() if name in FIELDS}
    if isinstance(scores := data.get("scores"), Mapping):
        data["scores"] = ScoresForm.read(scores)
    return data


def _needed(field: dataclasses.Field[Any]) -> bool:
    unset = dataclasses.MISSING
    return field.default is unset and field.default_factory is unset


def _empty(kind: object) -> object:
    return next((group() for group in _GROUPS if group is kind), MISSING)
