"""Conditions on the papers before an audit, and on a change of its kind."""

from __future__ import annotations

from datetime import date

from kmop_lifecycle.domain.applying import starter_limits
from kmop_lifecycle.domain.attempt import Attempt, refuse
from kmop_lifecycle.domain.errors import Code
from kmop_lifecycle.domain.rulebook import Kind


def _paper(given: date | None, before: date | None, attempt: Attempt) -> date | None:
    """Return a paper's date: the one given now, else the one on file; never a coming one."""
    day = given or before
    return day if day is not None and day <= attempt.on else None


def declaration_signed(attempt: Attempt) -> str | None:
    """The declaration on honour is signed."""
    case, data = attempt.case, attempt.data
    if _paper(data.declaration_signed_on, case.declaration_signed_on, attempt) is None:
        raise refuse(
            Code.DECLARATION_MISSING,
            f"the declaration on honour is not signed on or before {attempt.on}",
            "give data.declaration_signed_on",
        )
    return None


def knowledge_test_passed(attempt: Attempt) -> str | None:
    """Newcomers have passed the knowledge test."""
    case, data = attempt.case, attempt.data
    passed = _paper(data.knowledge_test_passed_on, case.knowledge_test_passed_on, attempt)
    if case.first_time and passed is None:
        raise refuse(
            Code.KNOWLEDGE_TEST_MISSING,
            f"the knowledge test is not passed on or before {attempt.on}",
            "give data.knowledge_test_passed_on; only who was registered before needs none",
        )
    return None


def evidence_present(attempt: Attempt) -> str | None:
    """An exemption has its ISO 9001 or Qfor certificate."""
    kind = getattr(attempt.data, "kind", attempt.case.kind)
    proof = attempt.exemption
    if kind is Kind.EXEMPTION and (proof is None or not proof.number):
        raise refuse(
            Code.EXEMPTION_EVIDENCE_MISSING,
            "an audit with exemption needs a certificate",
            "give data.exemption: {scheme: iso9001 or qfor, number, valid_until}, "
            "or change the kind to basic",
        )
    if kind is Kind.EXEMPTION and proof is not None and proof.scheme not in ("iso9001", "qfor"):
        raise refuse(
            Code.EXEMPTION_EVIDENCE_MISSING,
            f"data.exemption.scheme: {proof.scheme[:30]!r} gives no exemption",
            "iso9001 or qfor",
        )
    return None


def quote_accepted(attempt: Attempt) -> str | None:
    """The provider has accepted the quote."""
    case, data = attempt.case, attempt.data
    if _paper(data.quote_accepted_on, case.quote_accepted_on, attempt) is None:
        raise refuse(
            Code.QUOTE_NOT_ACCEPTED,
            f"the quote is not accepted on or before {attempt.on}",
            "give data.quote_accepted_on",
        )
    return None


def kind_possible(attempt: Attempt) -> str | None:
    """The kind may change to basic, exemption, or starter for who is one."""
    case, data = attempt.case, attempt.data
    since = data.active_since or case.active_since
    starter, limits = starter_limits(since, case.kmop_files, case.applied_on, attempt.rules)
    fits = data.kind in (Kind.BASIC, Kind.EXEMPTION) or (data.kind is Kind.STARTER and starter)
    if not fits or case.kind is Kind.RENEWAL:
        raise refuse(
            Code.INVALID_APPLICATION,
            f"data.kind: the audit cannot become {data.kind} from {case.kind}",
            f"basic, exemption, or starter within its limits ({limits}); a renewal stays one",
        )
    return None
