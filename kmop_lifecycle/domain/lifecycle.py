"""The certification lifecycle on one page.

Read from top to bottom: the states and whose turn they are, the steps between them, the dates that
move a case when nobody does. Nothing here runs: `machine` interprets it, `guards` knows the named
conditions, `clocks` the named dates, `render` draws it into the README.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kmop_lifecycle.domain.vocabulary import Role, Trigger

__all__ = [
    "AUDITING", "CLOCK", "ENDED", "PREPARING", "REGISTERED", "RUNNING", "STEPS",
    "Role", "State", "Step", "Trigger",
]  # fmt: skip


class State(StrEnum):
    """Where a case stands; the comment says whose turn it is."""

    APPLIED = "applied"  # provider: papers; then bureau: confirm
    PREPARED = "prepared"  # bureau: plan the visit; auditor: hold it
    ONSITE_AUDIT = "onsite_audit"  # auditor: part 1, at the provider
    OFFICE_AUDIT = "office_audit"  # auditor: part 2; committee: verdict; authority: decision
    CORRECTIVE_ACTION = "corrective_action"  # provider: answer the measures
    CERTIFIED = "certified"  # provider: renew in time
    FOLLOW_UP = "follow_up"  # provider: ask for the follow-up audit; then as in the first audit
    SUSPENDED = "suspended"  # authority: review
    REJECTED = "rejected"  # provider: appeal while the term runs; then nobody
    EXPIRED = "expired"  # nobody
    WITHDRAWN = "withdrawn"  # nobody
    REVOKED = "revoked"  # nobody


S, T, R = State, Trigger, Role
AUDITING = frozenset({S.APPLIED, S.PREPARED, S.ONSITE_AUDIT, S.OFFICE_AUDIT, S.CORRECTIVE_ACTION})
PREPARING = frozenset({S.APPLIED, S.PREPARED})
REGISTERED = frozenset({S.CERTIFIED, S.FOLLOW_UP})  # may claim the label within the validity dates
RUNNING = REGISTERED | {S.SUSPENDED}  # validity keeps running
ENDED = frozenset(
    {S.EXPIRED, S.WITHDRAWN, S.REVOKED}
)  # for good; `rejected` once its term is over
_OFFICE = (R.BUREAU, R.ADMIN)


@dataclass(frozen=True, slots=True)
class Step:
    """One row: what may happen, from where to where, by whom, under which conditions."""

    trigger: Trigger
    sources: frozenset[State]  # empty: the step opens a case
    to: State | None  # None: the state stays
    by: tuple[Role, ...]
    only_if: tuple[str, ...] = ()  # names in `guards`, in the order of checking
    route: str = ""  # of several rows for one trigger and state, the one a `machine.route` picks


def _row(
    trigger: Trigger,
    sources: State | frozenset[State] | None,
    to: State | None,
    by: Role | tuple[Role, ...],
    *only_if: str,
    route: str = "",
) -> Step:
    """Spell a row without the brackets."""
    states = frozenset({sources}) if isinstance(sources, State) else sources or frozenset()
    return Step(trigger, states, to, by if isinstance(by, tuple) else (by,), only_if, route)


# fmt: off
_VISIT = ("bureau_appointed", "evidence_valid", "auditor_competent", "auditor_free")
_VERDICT = ("no_measures_open", "report_final", "committee_apart", "reason_if_deviating", "measures_in_term")
_APPLICATION = ("enterprise_number_valid", "iban_valid", "themes_allowed", "not_a_bureau", "no_duplicate", "application_complete")

STEPS: tuple[Step, ...] = (
    #    trigger             from                  to                   by                            only if
    _row(T.SUBMIT,           None,                 S.APPLIED,           (R.PROVIDER, *_OFFICE),       *_APPLICATION),
    _row(T.ADOPT,            None,                 S.CERTIFIED,         R.ADMIN,                      "enterprise_number_valid", "no_duplicate", "adoption_complete"),
    _row(T.CONFIRM_PREPARED, S.APPLIED,            S.PREPARED,          _OFFICE,                      "declaration_signed", "knowledge_test_passed", "evidence_present", "quote_accepted"),
    _row(T.PLAN_VISIT,       S.PREPARED,           None,                _OFFICE,                      "planned_in_window", "bureau_appointed", "auditor_competent", "auditor_free"),
    _row(T.START_VISIT,      S.PREPARED,           S.ONSITE_AUDIT,      (R.AUDITOR, R.ADMIN),         "visit_in_window", *_VISIT),
    _row(T.CLOSE_VISIT,      S.ONSITE_AUDIT,       S.OFFICE_AUDIT,      R.AUDITOR,                    "scores_complete", "scores_applicable", "report_approved"),
    _row(T.FINISH_REPORT,    S.OFFICE_AUDIT,       None,                R.AUDITOR,                    "no_verdict_stands"),
    _row(T.GIVE_VERDICT,     S.OFFICE_AUDIT,       None,                R.COMMITTEE,                  *_VERDICT, route="positive"),
    _row(T.GIVE_VERDICT,     S.OFFICE_AUDIT,       S.CORRECTIVE_ACTION, R.COMMITTEE,                  *_VERDICT, route="corrective"),
    _row(T.GIVE_VERDICT,     S.OFFICE_AUDIT,       S.REJECTED,          R.COMMITTEE,                  *_VERDICT, route="fail"),
    _row(T.REGISTER,         S.OFFICE_AUDIT,       S.CERTIFIED,         R.AUTHORITY,                  "verdict_positive", "decider_apart", "decided_by_now", "decided_after_verdict", "decided_in_lead_time", "no_other_registration", "numbers_fit"),
    _row(T.REFUSE,           S.OFFICE_AUDIT,       S.REJECTED,          R.AUTHORITY,                  "reason_given", "decided_by_now"),
    _row(T.REFUSE,           S.APPLIED,            S.REJECTED,          (R.AUTHORITY, R.BUREAU),      "reason_given", "decided_by_now"),
    _row(T.SUBMIT_EVIDENCE,  S.CORRECTIVE_ACTION,  S.OFFICE_AUDIT,      _OFFICE,                      "measures_answered", "measures_in_time"),
    _row(T.ORDER_REAUDIT,    S.CORRECTIVE_ACTION,  S.ONSITE_AUDIT,      R.COMMITTEE,                  "before_last_due_date"),
    _row(T.MEASURES_LAPSED,  S.CORRECTIVE_ACTION,  S.REJECTED,          (R.SYSTEM, R.ADMIN),          "clock_reached"),
    _row(T.UPHOLD_APPEAL,    S.REJECTED,           S.OFFICE_AUDIT,      (R.COMMITTEE, R.AUTHORITY),   "appeal_in_time", "judge_apart", route="audited"),
    _row(T.UPHOLD_APPEAL,    S.REJECTED,           S.APPLIED,           (R.COMMITTEE, R.AUTHORITY),   "appeal_in_time", "judge_apart", route="unaudited"),
    _row(T.WITHDRAW,         AUDITING,             S.WITHDRAWN,         (R.PROVIDER, *_OFFICE)),
    _row(T.LAPSE,            PREPARING,            S.WITHDRAWN,         (R.SYSTEM, R.ADMIN),          "clock_reached"),
    _row(T.OPEN_FOLLOW_UP,   S.CERTIFIED,          S.FOLLOW_UP,         (R.SYSTEM, *_OFFICE),         "starter_not_extended", "clock_reached"),
    _row(T.REQUEST_AUDIT,    S.FOLLOW_UP,          None,                (R.PROVIDER, *_OFFICE)),
    _row(T.PLAN_VISIT,       S.FOLLOW_UP,          None,                _OFFICE,                      "visit_awaited", "bureau_appointed", "auditor_competent", "auditor_free"),
    _row(T.START_VISIT,      S.FOLLOW_UP,          None,                (R.AUDITOR, R.ADMIN),         "visit_awaited", *_VISIT),
    _row(T.CLOSE_VISIT,      S.FOLLOW_UP,          None,                R.AUDITOR,                    "visit_under_way", "scores_complete", "scores_applicable", "report_approved"),
    _row(T.FINISH_REPORT,    S.FOLLOW_UP,          None,                R.AUDITOR,                    "visit_closed", "no_verdict_stands"),
    _row(T.GIVE_VERDICT,     S.FOLLOW_UP,          None,                R.COMMITTEE,                  *_VERDICT),
    _row(T.SUBMIT_EVIDENCE,  S.FOLLOW_UP,          None,                _OFFICE,                      "measures_outstanding", "measures_answered", "measures_in_time"),
    _row(T.EXTEND,           S.FOLLOW_UP,          S.CERTIFIED,         R.AUTHORITY,                  "verdict_pass", "decider_apart", "decided_in_two_years", "decided_by_now", "decided_after_verdict", "numbers_fit"),
    _row(T.EXPIRE,           RUNNING,              S.EXPIRED,           (R.SYSTEM, R.ADMIN),          "clock_reached"),
    _row(T.SUSPEND,          REGISTERED,           S.SUSPENDED,         R.AUTHORITY,                  "reason_given", "review_in_term"),
    _row(T.LIFT,             S.SUSPENDED,          S.CERTIFIED,         R.AUTHORITY,                  "reason_given", "within_validity", route="certified"),
    _row(T.LIFT,             S.SUSPENDED,          S.FOLLOW_UP,         R.AUTHORITY,                  "reason_given", "within_validity", route="follow_up"),
    _row(T.REVOKE,           RUNNING,              S.REVOKED,           R.AUTHORITY,                  "reason_given"),
    _row(T.RELINQUISH,       RUNNING,              S.WITHDRAWN,         (R.AUTHORITY, R.ADMIN)),
    _row(T.PAUSE,            PREPARING,            None,                _OFFICE,                      "not_paused"),
    _row(T.RESUME,           PREPARING,            None,                _OFFICE,                      "paused"),
    _row(T.WAIVE,            PREPARING,            None,                R.ADMIN,                      "reason_given"),
    _row(T.CHANGE_KIND,      PREPARING,            None,                _OFFICE,                      "kind_possible", "evidence_present"),
)

CLOCK: tuple[tuple[Trigger, str], ...] = (  # what time fires by itself, on the date that `clocks` names
    (T.LAPSE,           "lapses_on"),  # 12 months without a visit
    (T.MEASURES_LAPSED, "measures_lapse_on"),  # the day after the last due date
    (T.OPEN_FOLLOW_UP,  "follow_up_opens_on"),  # 6 months before the 2-year date
    (T.EXPIRE,          "expires_on"),  # the day after the validity; never suspends, never revokes
)
# fmt: on
