"""How the facts of an event become values again: a whole case for the event that opens it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kmop_lifecycle.domain.case import Case, Event, Exemption, Registration
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.domain.rulebook import Kind, Service

Facts = Mapping[str, Any]
T = Trigger


def day(facts: Facts, name: str) -> date | None:
    return date.fromisoformat(facts[name]) if facts.get(name) else None


def sure(facts: Facts, name: str) -> date:
    return date.fromisoformat(facts[name])


def exemption(facts: Facts) -> Exemption | None:
    proof = facts.get("exemption")
    if not proof:
        return None
    return Exemption(proof["scheme"], proof["number"], sure(proof, "valid_until"))


def numbers(facts: Facts) -> dict[Service, str]:
    return {Service(name): number for name, number in facts.get("numbers", {}).items()}


def registration(facts: Facts) -> Registration:
    return Registration(
        valid_from=sure(facts, "valid_from"),
        valid_until=sure(facts, "valid_until"),
        decided_on=sure(facts, "decided_on"),
        two_year_on=day(facts, "two_year_on"),
        condition_due=day(facts, "condition_due"),
        old_valid_until=day(facts, "old_valid_until"),
        numbers=numbers(facts),
    )


def opened(event: Event) -> Case:
    """Build the case that `submit` or `adopt` opens."""
    facts = event.facts
    adopted = event.trigger is T.ADOPT
    return Case(
        number=event.case,
        enterprise=facts["enterprise"],
        kind=Kind(facts["kind"]),
        services={Service(s): tuple(themes) for s, themes in facts["services"].items()},
        bureau=facts["bureau"],
        applied_on=sure(facts, "applied_on"),
        rules_on=sure(facts, "rules_on"),
        state=event.to,
        version=0,
        last_on=event.on,
        first_time=facts["first_time"],
        active_since=day(facts, "active_since"),
        kmop_files=facts["kmop_files"],
        years_of_history=facts["years_of_history"],
        sites=facts["sites"],
        business_units=facts["business_units"],
        channels=facts["channels"],
        declaration_signed_on=day(facts, "declaration_signed_on"),
        knowledge_test_passed_on=day(facts, "knowledge_test_passed_on"),
        quote_accepted_on=day(facts, "quote_accepted_on"),
        exemption=exemption(facts),
        renews=facts.get("renews") or None,
        registration=registration(facts) if adopted else None,
        adopted=adopted,
    )
