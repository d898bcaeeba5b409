"""Conditions on the course of the follow-up audit, and on the scores of any."""

from __future__ import annotations

from kmop_lifecycle.domain.attempt import Attempt, no_step, refuse
from kmop_lifecycle.domain.commands import Verdict
from kmop_lifecycle.domain.errors import Code
from kmop_lifecycle.domain.scoring import applicable, incomplete, read_scores


def visit_awaited(attempt: Attempt) -> str | None:
    """In the follow-up: no visit under way, none waiting for its report or verdict."""
    audit = attempt.audit
    if (audit.started_on and not audit.verdict) or audit.verdict == Verdict.PASS:
        raise no_step(attempt, "the follow-up visit was already held")
    if audit.measures_open and audit.measures_due and attempt.on <= audit.measures_due:
        raise no_step(attempt, "measures are open; submit_evidence comes first")
    return None


def visit_under_way(attempt: Attempt) -> str | None:
    """In the follow-up: a visit has been started and not closed."""
    if attempt.audit.started_on is None or attempt.audit.closed_on is not None:
        raise no_step(attempt, "no follow-up visit is under way")
    return None


def visit_closed(attempt: Attempt) -> str | None:
    """In the follow-up: the visit is closed, the office part can be."""
    if attempt.audit.closed_on is None:
        raise no_step(attempt, "the follow-up visit is not closed")
    return None


def no_verdict_stands(attempt: Attempt) -> str | None:
    """The report is not written anew under a verdict that rests on it."""
    if attempt.audit.verdict:
        raise no_step(attempt, f"the verdict {attempt.audit.verdict} rests on the report")
    return None


def _codes(attempt: Attempt) -> tuple[str, ...]:
    return applicable(attempt.rules.norm.on(attempt.case.rules_on).value, attempt.audit_kind)


def scores_complete(attempt: Attempt) -> str | None:
    """Two scores for every applicable indicator."""
    codes = _codes(attempt)
    missing = incomplete(read_scores(attempt.data.scores, codes), codes)
    if missing:
        raise refuse(
            Code.SCORES_INCOMPLETE,
            f"data.scores: two scores are missing for {', '.join(missing)}",
            "conformity and evidence, each B, G, T or V, such as A1: TT",
        )
    return None


def scores_applicable(attempt: Attempt) -> str | None:
    """No score for an exempt or unknown indicator."""
    codes = _codes(attempt)
    extra = sorted(set(read_scores(attempt.data.scores, codes)) - set(codes))
    if extra:
        raise refuse(
            Code.INDICATOR_NOT_APPLICABLE,
            f"data.scores: {', '.join(extra)[:200]} does not apply to kind {attempt.audit_kind}",
            f"applicable: {', '.join(codes)}",
        )
    return None


def report_approved(attempt: Attempt) -> str | None:
    """The provider has approved the visit report."""
    approved = attempt.data.report_approved_on
    if approved is None or approved > attempt.on:
        raise refuse(
            Code.REPORT_NOT_APPROVED,
            f"the provider has not approved the visit report on or before {attempt.on}",
            "give data.report_approved_on",
        )
    return None
