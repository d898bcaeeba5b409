"""Conditions on the authority's decisions and on appeals."""

from __future__ import annotations

from datetime import date, timedelta

from kmop_lifecycle.domain.applying import numbers_well_formed
from kmop_lifecycle.domain.attempt import Attempt, apart, not_late, refuse
from kmop_lifecycle.domain.clocks.auditing import appeal_until, lead_from, lead_until
from kmop_lifecycle.domain.commands import Verdict
from kmop_lifecycle.domain.errors import Code
from kmop_lifecycle.domain.lifecycle import RUNNING
from kmop_lifecycle.domain.rulebook import Mode


def decider_apart(attempt: Attempt) -> str | None:
    """The decider neither audited nor sat in the committee."""
    audit = attempt.audit
    people = audit.auditors | audit.committee | attempt.case.provider_side
    apart(attempt, people, "took part in the audit or the verdict")
    return None


def judge_apart(attempt: Attempt) -> str | None:
    """An appeal is decided by somebody not involved before."""
    apart(attempt, attempt.case.involved, "was involved before")
    return None


def verdict_positive(attempt: Attempt) -> str | None:
    """The committee said pass or conditional."""
    _verdict(attempt, (Verdict.PASS, Verdict.CONDITIONAL))
    return None


def verdict_pass(attempt: Attempt) -> str | None:
    """The committee said pass."""
    _verdict(attempt, (Verdict.PASS,))
    return None


def _verdict(attempt: Attempt, wanted: tuple[Verdict, ...]) -> None:
    if attempt.audit.verdict not in wanted:
        raise refuse(
            Code.VERDICT_MISSING,
            f"the verdict in force is {attempt.audit.verdict or 'none'}",
            f"it must be {' or '.join(wanted)}",
        )


def decided_by_now(attempt: Attempt) -> str | None:
    """No decision of tomorrow."""
    if attempt.decided_on > attempt.today:
        raise refuse(
            Code.IN_FUTURE,
            f"data.decided_on: {attempt.decided_on} is after today, {attempt.today}",
            "record the decision on or after its date",
        )
    return None


def decided_after_verdict(attempt: Attempt) -> str | None:
    """No decision before its verdict."""
    given = attempt.audit.verdict_on
    if given is not None and attempt.decided_on < given:
        raise refuse(
            Code.OUT_OF_ORDER,
            f"data.decided_on: {attempt.decided_on} is before the verdict of {given}",
            "give the decision's own date",
        )
    return None


def decided_in_lead_time(attempt: Attempt) -> str | None:
    """A decision before two months is early, after three late; the rule book says what follows."""
    case, day = attempt.case, attempt.decided_on
    window = attempt.rules.lead_time.on(case.rules_on).value
    not_late(lead_until(case, attempt.rules, attempt.on), day, window.max_mode)
    first = lead_from(case, attempt.rules, attempt.on)
    if first is None or day >= first.on:
        return None
    if window.min_mode is Mode.BLOCK:
        raise refuse(Code.IN_FUTURE, f"no decision before {first.on}", "the rule book blocks it")
    return "early_decision"


def begins_after(attempt: Attempt) -> date | None:
    """Return the last day of the old registration when a renewal goes on from it without a gap."""
    old = attempt.old
    if old is None or old.registration is None:
        return None
    until = old.registration.valid_until
    last = min(until, old.ended_on) if old.ended_on else until  # also when it ended early
    return last if attempt.decided_on <= last else None


def no_other_registration(attempt: Attempt) -> str | None:
    """No registration of the same service runs beside this one; a renewal follows on its own."""
    old_end = begins_after(attempt)
    first = old_end + timedelta(days=1) if old_end else attempt.decided_on
    for other in attempt.neighbours:
        if other.number in (attempt.case.number, attempt.case.renews):
            continue
        held, shared = other.registration, other.services & set(attempt.case.services)
        if shared and other.state in RUNNING and held and held.valid_until >= first:
            raise refuse(
                Code.DUPLICATE_CASE,
                f"case {other.number} of the same enterprise and service is {other.state} "
                f"until {held.valid_until}",
                "one registration per service: relinquish that one first, or withdraw this case",
            )
    return None


def decided_in_two_years(attempt: Attempt) -> str | None:
    """The follow-up is decided on or before the 2-year date."""
    last = attempt.held.two_year_on
    if last is not None and attempt.decided_on > last:
        raise refuse(
            Code.TERM_LAPSED,
            f"the follow-up had to be decided on or before {last}",
            "the registration ends; the provider may apply anew",
        )
    return None


def numbers_fit(attempt: Attempt) -> str | None:
    """Registration numbers have their form and belong to services of the case."""
    numbers_well_formed(dict(attempt.data.numbers), attempt.case.services)
    return None


def appeal_in_time(attempt: Attempt) -> str | None:
    """Lodged within 30 days of the bureau's verdict, 60 of the authority's decision."""
    lodged = attempt.data.lodged_on or attempt.on
    rejected = attempt.case.rejection
    last = appeal_until(attempt.case, attempt.rules, attempt.on)
    if lodged > attempt.on:
        raise refuse(Code.IN_FUTURE, f"data.lodged_on: {lodged} is after {attempt.on}", "")
    if rejected is not None and lodged < rejected.on:
        raise refuse(Code.OUT_OF_ORDER, f"data.lodged_on: {lodged} is before the rejection", "")
    if last is not None and lodged > last.on:
        raise refuse(
            Code.TERM_LAPSED,
            f"an appeal had to be lodged on or before {last.on}, not on {lodged}",
            "the provider may apply anew",
        )
    return None


def review_in_term(attempt: Attempt) -> str | None:
    """The review of a suspension comes at the latest after six months."""
    asked = attempt.data.review_on
    term = attempt.rules.suspension_review.on(attempt.case.rules_on).value.length
    latest = term.after(attempt.on)
    if asked is not None and not attempt.on <= asked <= latest:
        code = Code.TERM_TOO_LONG if asked > latest else Code.OUT_OF_ORDER
        raise refuse(
            code,
            f"data.review_on: {asked} is not between {attempt.on} and {latest}",
            f"left out, it is {latest}",
        )
    return None


def within_validity(attempt: Attempt) -> str | None:
    """A suspension is lifted only while the registration is valid."""
    if attempt.on > attempt.held.valid_until:
        raise refuse(Code.TERM_LAPSED, f"the registration ended on {attempt.held.valid_until}", "")
    return None
