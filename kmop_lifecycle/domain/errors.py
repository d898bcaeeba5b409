"""What can go wrong, named after what the caller can do about it."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Refusal codes of the specification, §2: the contract with every caller."""

    STEP_NOT_ALLOWED = "step_not_allowed"
    ROLE_NOT_ALLOWED = "role_not_allowed"
    IN_FUTURE = "in_future"
    OUT_OF_ORDER = "out_of_order"
    REASON_REQUIRED = "reason_required"
    INVALID_ENTERPRISE_NUMBER = "invalid_enterprise_number"
    INVALID_IBAN = "invalid_iban"
    THEME_NOT_SUBSIDISABLE = "theme_not_subsidisable"
    APPLICANT_IS_BUREAU = "applicant_is_bureau"
    DUPLICATE_CASE = "duplicate_case"
    INVALID_APPLICATION = "invalid_application"
    DECLARATION_MISSING = "declaration_missing"
    KNOWLEDGE_TEST_MISSING = "knowledge_test_missing"
    EXEMPTION_EVIDENCE_MISSING = "exemption_evidence_missing"
    EXEMPTION_EVIDENCE_EXPIRED = "exemption_evidence_expired"
    QUOTE_NOT_ACCEPTED = "quote_not_accepted"
    VISIT_TOO_EARLY = "visit_too_early"
    BUREAU_NOT_APPOINTED = "bureau_not_appointed"
    AUDITOR_NOT_COMPETENT = "auditor_not_competent"
    AUDITOR_CONFLICT = "auditor_conflict"
    SCORES_INCOMPLETE = "scores_incomplete"
    INDICATOR_NOT_APPLICABLE = "indicator_not_applicable"
    REPORT_NOT_APPROVED = "report_not_approved"
    REPORT_NOT_FINAL = "report_not_final"
    FOUR_EYES = "four_eyes"
    MEASURES_REQUIRED = "measures_required"
    MEASURES_OPEN = "measures_open"
    TERM_TOO_LONG = "term_too_long"
    TERM_LAPSED = "term_lapsed"
    VERDICT_MISSING = "verdict_missing"
    CHANGED_MEANWHILE = "changed_meanwhile"


class LifecycleError(Exception):
    """Something this program refuses or cannot do, said in one line."""

    exit_code = 1

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        """Keep the line for people and the way out; without a line the docstring speaks."""
        super().__init__(message or (self.__doc__ or "").splitlines()[0])
        self.message = str(self)
        self.hint = hint

    @property
    def code(self) -> str:
        """A stable word for machines."""
        return "error"


class BadInput(LifecycleError):
    """The input is not well-formed."""

    exit_code = 2
    code = "bad_input"


class Refused(LifecycleError):
    """A rule refuses the step; nothing was written."""

    exit_code = 3

    def __init__(self, code: Code, message: str, *, hint: str = "") -> None:
        """Name the rule by its code."""
        super().__init__(message, hint=hint)
        self.refusal = code

    @property
    def code(self) -> str:
        """The refusal code of the specification."""
        return self.refusal.value


class NeedsConsent(LifecycleError):
    """What is asked is out of the ordinary; somebody must say that it is meant."""

    exit_code = 3
    code = "needs_consent"


class ChangedMeanwhile(LifecycleError):
    """Another step was recorded between reading and writing; read again, then decide again."""

    exit_code = 4
    code = Code.CHANGED_MEANWHILE.value


class KeyReused(LifecycleError):
    """The idempotency key was used before for another command."""

    exit_code = 4
    code = "key_reused"


class NotFound(LifecycleError):
    """There is no such case."""

    exit_code = 5
    code = "not_found"


class ConfigurationError(LifecycleError):
    """The configuration or the environment does not fit."""

    exit_code = 6
    code = "configuration"


class IntegrityBreach(LifecycleError):
    """The record contradicts itself."""

    exit_code = 7
    code = "integrity"


class TryAgain(LifecycleError):
    """Something outside is busy or away for the moment; try again."""

    exit_code = 75
    code = "try_again"
