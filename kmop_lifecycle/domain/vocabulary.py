"""The words of the lifecycle: who may act, and what can happen to a case."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Who may act."""

    PROVIDER = "provider"
    BUREAU = "bureau"
    AUDITOR = "auditor"
    COMMITTEE = "committee"
    AUTHORITY = "authority"
    ADMIN = "admin"
    SYSTEM = "system"


class Trigger(StrEnum):
    """What can happen to a case."""

    SUBMIT = "submit"
    CONFIRM_PREPARED = "confirm_prepared"
    PLAN_VISIT = "plan_visit"
    START_VISIT = "start_visit"
    CLOSE_VISIT = "close_visit"
    FINISH_REPORT = "finish_report"
    GIVE_VERDICT = "give_verdict"
    REGISTER = "register"
    REFUSE = "refuse"
    SUBMIT_EVIDENCE = "submit_evidence"
    ORDER_REAUDIT = "order_reaudit"
    MEASURES_LAPSED = "measures_lapsed"
    UPHOLD_APPEAL = "uphold_appeal"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    OPEN_FOLLOW_UP = "open_follow_up"
    REQUEST_AUDIT = "request_audit"
    EXTEND = "extend"
    EXPIRE = "expire"
    SUSPEND = "suspend"
    LIFT = "lift"
    REVOKE = "revoke"
    RELINQUISH = "relinquish"
    PAUSE = "pause"
    RESUME = "resume"
    WAIVE = "waive"
    CHANGE_KIND = "change_kind"
    ADOPT = "adopt"
