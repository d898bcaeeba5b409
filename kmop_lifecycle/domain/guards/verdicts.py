"""Conditions on the committee's verdict and the corrective measures it asks."""

from __future__ import annotations

from datetime import date

from kmop_lifecycle.domain.attempt import Attempt, apart, no_step, refuse
from kmop_lifecycle.domain.commands import Verdict
from kmop_lifecycle.domain.errors import Code
from kmop_lifecycle.domain.scoring import proposal


def no_measures_open(attempt: Attempt) -> str | None:
    """Open measures are answered before the next verdict (the state sees to it elsewhere)."""
    if attempt.audit.measures_open:
        raise no_step(attempt, "measures are open; submit_evidence comes first")
    return None


def measures_outstanding(attempt: Attempt) -> str | None:
    """In the follow-up: there are open measures to answer."""
    if not attempt.audit.measures_open:
        raise no_step(attempt, "no measures are open")
    return None


def report_final(attempt: Attempt) -> str | None:
    """Both parts are done: visit closed, report finished."""
    if attempt.audit.closed_on is None or attempt.audit.finished_on is None:
        raise refuse(
            Code.REPORT_NOT_FINAL,
            "the audit report is not finished",
            "the auditor fires finish_report first",
        )
    return None


def committee_apart(attempt: Attempt) -> str | None:
    """The committee member took no part in the audit."""
    apart(attempt, attempt.audit.auditors | attempt.case.provider_side, "took part in the audit")
    return None


def reason_given(attempt: Attempt) -> str | None:
    """A reason is asked."""
    if not attempt.data.reason:
        raise refuse(Code.REASON_REQUIRED, f"{attempt.trigger} needs a reason", "give data.reason")
    return None


def reason_if_deviating(attempt: Attempt) -> str | None:
    """A verdict that differs from the scores' proposal needs a reason."""
    proposed = proposal(attempt.audit.scores)
    if attempt.data.verdict is not proposed and not attempt.data.reason:
        raise refuse(
            Code.REASON_REQUIRED,
            f"the scores propose {proposed}, the verdict says {attempt.data.verdict}",
            "give data.reason",
        )
    return None


def latest_due(attempt: Attempt) -> date:
    """Return the latest due date of a measure: six months; in the follow-up the 2-year date."""
    term = attempt.rules.corrective.on(attempt.case.rules_on).value.length
    latest = term.after(attempt.on)
    held = attempt.case.registration
    return min(latest, held.two_year_on) if held and held.two_year_on else latest


def measures_in_term(attempt: Attempt) -> str | None:
    """A corrective verdict has at least one measure, none due too late."""
    if attempt.data.verdict is not Verdict.CORRECTIVE:
        return None
    if not attempt.data.measures:
        raise refuse(
            Code.MEASURES_REQUIRED,
            "a corrective verdict needs at least one measure",
            "give data.measures: [{what, due}]",
        )
    latest = latest_due(attempt)
    for n, measure in enumerate(attempt.data.measures, 1):
        _due_in_term(n, measure.due, latest, attempt)
    return None


def _due_in_term(n: int, due: date | None, latest: date, attempt: Attempt) -> None:
    if due is not None and due > latest:
        raise refuse(
            Code.TERM_TOO_LONG,
            f"data.measures.{n}.due: {due} is after {latest}",
            f"on or before {latest}; left out, it is that date",
        )
    if due is not None and due < attempt.on:
        raise refuse(
            Code.OUT_OF_ORDER,
            f"data.measures.{n}.due: {due} is before the verdict",
            f"between {attempt.on} and {latest}",
        )


def measures_answered(attempt: Attempt) -> str | None:
    """Every measure has its answer."""
    answers = [a for a in attempt.data.answers if a]
    asked = len(attempt.audit.measures)
    if len(answers) != asked or len(attempt.data.answers) != asked:
        raise refuse(
            Code.MEASURES_OPEN,
            f"data.answers: {len(answers)} answers to {asked} measures",
            "one answer to each measure, in their order",
        )
    return None


def measures_in_time(attempt: Attempt) -> str | None:
    """Each measure is answered on or before its due date."""
    late = [m.due for m in attempt.audit.measures if m.due < attempt.on]
    if late:
        raise refuse(
            Code.TERM_LAPSED,
            f"a measure was due on {min(late)}, evidence comes on {attempt.on}",
            "the committee may order a re-audit while the last due date has not passed",
        )
    return None


def before_last_due_date(attempt: Attempt) -> str | None:
    """A re-audit is ordered on or before the last due date."""
    due = attempt.audit.measures_due
    if due is not None and attempt.on > due:
        raise refuse(Code.TERM_LAPSED, f"the last measure was due on {due}", "")
    return None
