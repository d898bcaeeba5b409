"""What an event writes down: the asker's data, completed by what the rules make of it.

Facts are JSON values, so that the history can be read without this program. They hold no name,
address or bank number: those go to the `Party`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from typing import Any

from kmop_lifecycle.domain.applying import plain_theme, taken_kind
from kmop_lifecycle.domain.attempt import Attempt
from kmop_lifecycle.domain.commands import Verdict
from kmop_lifecycle.domain.guards.decisions import begins_after
from kmop_lifecycle.domain.guards.verdicts import latest_due
from kmop_lifecycle.domain.identity import compact_enterprise
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.domain.rulebook import Kind
from kmop_lifecycle.domain.scoring import applicable, proposal, read_scores

T = Trigger
Facts = dict[str, Any]
_DAY = timedelta(days=1)
_AS_IT_IS = frozenset({str, int, float, bool, type(None)})


def plain(value: Any) -> Any:  # noqa: ANN401  # any domain value
    """Return a domain value as JSON values: dates as text, dataclasses as tables."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is dict or isinstance(value, Mapping):  # first what an application is full of
        return {
            str(name): item if type(item) in _AS_IT_IS else plain(item)
            for name, item in value.items()
        }
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple | frozenset | set):
        items = [plain(item) for item in value]
        return sorted(items) if isinstance(value, frozenset | set) else items
    return value


def _given(attempt: Attempt) -> Facts:
    """The asker's own fields, those left out left out."""
    given: Facts = plain(attempt.data)
    return {name: value for name, value in given.items() if value not in (None, "", [], {})}


def _opening(attempt: Attempt) -> Facts:
    asked = attempt.application
    adopting = attempt.trigger is T.ADOPT
    applied = getattr(asked, "valid_from", None) if adopting else attempt.on
    facts = {
        "enterprise": compact_enterprise(asked.enterprise_number),
        "kind": asked.kind if adopting else taken_kind(attempt)[0],
        "services": {s: [plain_theme(t) for t in themes] for s, themes in asked.services.items()},
        "bureau": asked.bureau,
        "applied_on": applied,
        "rules_on": applied,
        "first_time": asked.kind is not Kind.RENEWAL
        and not any(n.registration for n in attempt.neighbours),
        "active_since": asked.active_since,
        "kmop_files": asked.kmop_files,
        "years_of_history": asked.years_of_history,
        "sites": asked.sites,
        "business_units": asked.business_units,
        "channels": len(asked.contact.channels),
        "declaration_signed_on": asked.declaration_signed_on,
        "knowledge_test_passed_on": asked.knowledge_test_passed_on,
        "quote_accepted_on": asked.quote_accepted_on,
        "exemption": asked.exemption,
        "renews": asked.renews,
    }
    if adopting:
        facts |= _adopted(attempt)
    read: Facts = plain(facts)
    return read


def _adopted(attempt: Attempt) -> Facts:
    """A registration of before this system: as its letter says; a starter's may be unextended."""
    asked = attempt.data
    two_years = attempt.rules.starter_validity.on(asked.valid_from).value.length
    first_two = asked.valid_until <= two_years.after(asked.valid_from)
    return {
        "valid_from": asked.valid_from,
        "valid_until": asked.valid_until,
        "decided_on": asked.valid_from,
        "two_year_on": asked.valid_until if asked.kind is Kind.STARTER and first_two else None,
        "numbers": asked.numbers,
    }


def _papers(attempt: Attempt) -> Facts:
    case, data = attempt.case, attempt.data
    read: Facts = plain(
        {
            "declaration_signed_on": data.declaration_signed_on or case.declaration_signed_on,
            "knowledge_test_passed_on": data.knowledge_test_passed_on
            or case.knowledge_test_passed_on,
            "quote_accepted_on": data.quote_accepted_on or case.quote_accepted_on,
            "exemption": attempt.exemption,
            "bureau": data.bureau or case.bureau,
        }
    )
    return read


def _visit(attempt: Attempt) -> Facts:
    return _given(attempt) | {"auditor": attempt.auditor}


def _scores(attempt: Attempt) -> Facts:
    norm = attempt.rules.norm.on(attempt.case.rules_on).value
    scores = read_scores(attempt.data.scores, applicable(norm, attempt.audit_kind))
    return _given(attempt) | {"scores": scores, "proposal": str(proposal(scores))}


def _verdict(attempt: Attempt) -> Facts:
    measures = []
    if attempt.data.verdict is Verdict.CORRECTIVE:
        latest = latest_due(attempt)
        measures = [{"what": m.what, "due": m.due or latest} for m in attempt.data.measures]
    made = {"measures": plain(measures), "proposal": str(proposal(attempt.audit.scores))}
    return _given(attempt) | made


def _decision(attempt: Attempt) -> Facts:
    return _given(attempt) | {"decided_on": attempt.decided_on.isoformat()}


def _registration(attempt: Attempt) -> Facts:
    """Begin the validity: on the decision's date, or without a gap after the old registration."""
    decided, case, rules = attempt.decided_on, attempt.case, attempt.rules
    made: dict[str, date | None] = {"valid_from": decided, "two_year_on": None}
    five_years = rules.validity.on(case.rules_on).value.length
    made["valid_until"] = five_years.after(decided)
    if case.kind is Kind.STARTER:
        two_years = rules.starter_validity.on(case.rules_on).value.length
        made["two_year_on"] = made["valid_until"] = two_years.after(decided)
    old = begins_after(attempt)
    if old is not None:
        made |= {
            "valid_from": old + _DAY,
            "valid_until": five_years.after(old),
            "old_valid_until": old,
        }
    if attempt.audit.verdict == Verdict.CONDITIONAL:
        made["condition_due"] = rules.condition.on(case.rules_on).value.length.after(decided)
    read: Facts = plain(made)
    return _decision(attempt) | read


def _extension(attempt: Attempt) -> Facts:
    five_years = attempt.rules.validity.on(attempt.case.rules_on).value.length
    until = five_years.after(attempt.held.valid_from)
    return _decision(attempt) | {"valid_until": until.isoformat()}


def _appeal(attempt: Attempt) -> Facts:
    lodged = attempt.data.lodged_on or attempt.on
    return _given(attempt) | {"lodged_on": lodged.isoformat()}


def _suspension(attempt: Attempt) -> Facts:
    term = attempt.rules.suspension_review.on(attempt.case.rules_on).value.length
    review = attempt.data.review_on or term.after(attempt.on)
    return _given(attempt) | {"review_on": review.isoformat()}


def _kind(attempt: Attempt) -> Facts:
    case, data = attempt.case, attempt.data
    made: Facts = plain(
        {
            "exemption": attempt.exemption,
            "active_since": data.active_since or case.active_since,
            "quote_accepted_on": data.quote_accepted_on,  # a new kind is a new quote
        }
    )
    return _given(attempt) | made


_COMPLETED: Mapping[Trigger, Callable[[Attempt], Facts]] = {
    T.SUBMIT: _opening,
    T.ADOPT: _opening,
    T.CONFIRM_PREPARED: _papers,
    T.PLAN_VISIT: _visit,
    T.START_VISIT: _visit,
    T.CLOSE_VISIT: _scores,
    T.GIVE_VERDICT: _verdict,
    T.REGISTER: _registration,
    T.REFUSE: _decision,
    T.UPHOLD_APPEAL: _appeal,
    T.EXTEND: _extension,
    T.SUSPEND: _suspension,
    T.CHANGE_KIND: _kind,
}


def facts_of(attempt: Attempt) -> Facts:
    """Return the facts an allowed attempt leaves in the history."""
    return _COMPLETED.get(attempt.trigger, _given)(attempt)
