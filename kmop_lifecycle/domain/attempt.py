"""One attempt at a step, with everything its conditions may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from kmop_lifecycle.domain.case import Actor, Audit, Case, Exemption, Neighbour, Registration
from kmop_lifecycle.domain.commands import Application
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.errors import Code, Refused
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.domain.rulebook import Bureau, Kind, Mode, RuleBook


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asks for; `data` as it came from outside, read by `decide`."""

    trigger: Trigger
    by: Actor
    case: str | None = None  # None for `submit` and `adopt`, which open one
    on: date | None = None  # effective date; today when absent
    data: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""  # idempotency key
    version: int | None = None  # the version the asker saw
    dry_run: bool = False
    quiet: bool = False  # nobody is told of it, nor of what has been due until today


@dataclass(frozen=True, slots=True)
class Attempt:
    """A step somebody tries: the case, the asker, the data read, the rules, the day."""

    trigger: Trigger
    by: Actor
    on: date
    today: date
    data: Any  # an instance of `commands.SHAPES[trigger]`
    rules: RuleBook
    known_case: Case | None = None
    neighbours: tuple[Neighbour, ...] = ()

    @property
    def case(self) -> Case:
        """The case; only steps that open one have none."""
        if self.known_case is None:
            msg = f"{self.trigger} opens a case; there is none to ask"
            raise LookupError(msg)
        return self.known_case

    @property
    def application(self) -> Application:
        """The data of a step that opens a case."""
        data: Application = self.data
        return data

    @property
    def audit(self) -> Audit:
        """The audit under way."""
        return self.case.audit

    @property
    def held(self) -> Registration:
        """The registration of a running case."""
        if self.case.registration is None:
            msg = f"{self.case.number} holds no registration"
            raise LookupError(msg)
        return self.case.registration

    @property
    def old(self) -> Neighbour | None:
        """The registration that this renewal renews."""
        wanted = self.known_case.renews if self.known_case else self.application.renews
        return next((n for n in self.neighbours if n.number == wanted), None)

    @property
    def exemption(self) -> Exemption | None:
        """The evidence as it will stand after this step."""
        given: Exemption | None = getattr(self.data, "exemption", None)
        return given or (self.known_case.exemption if self.known_case else None)

    @property
    def decided_on(self) -> date:
        """The decision's own date."""
        given: date | None = getattr(self.data, "decided_on", None)
        return given or self.on

    @property
    def auditor(self) -> str:
        """Who visits: the one who reports it, else the one named, else the one planned."""
        if self.trigger is not Trigger.PLAN_VISIT and self.by.role == "auditor":
            return self.by.name
        return getattr(self.data, "auditor", "") or self.audit.auditor

    @property
    def visit_on(self) -> date:
        """The day of the visit that is planned or started."""
        return self.data.visit_on if self.trigger is Trigger.PLAN_VISIT else self.on

    @property
    def audit_kind(self) -> Kind:
        """What is audited now: in `follow_up` the follow-up audit."""
        return Kind.FOLLOW_UP if self.case.starter_running else self.case.kind

    def with_data(self, **changes: Any) -> Attempt:  # noqa: ANN401  # the data's own fields
        """Return the attempt with other data."""
        return replace(self, data=replace(self.data, **changes))


def refuse(code: Code, message: str, hint: str = "") -> Refused:
    """Build a refusal, to be raised where the rule is read."""
    return Refused(code, message, hint=hint)


def no_step(attempt: Attempt, why: str) -> Refused:
    """Build the refusal of a step that the state has, but not at this point."""
    hint = f"see: kmop case show {attempt.case.number}"
    return refuse(Code.STEP_NOT_ALLOWED, f"{attempt.trigger} is not possible: {why}", hint)


def apart(attempt: Attempt, people: frozenset[str], what: str) -> None:
    """Refuse when the actor is one of these people."""
    if attempt.by.name in people:
        raise refuse(
            Code.FOUR_EYES,
            f"{attempt.by.name} {what} and cannot also {attempt.trigger}",
            "somebody else must do this; the name identifies the person whatever the role",
        )


def not_late(last: Derived | None, day: date, mode: Mode) -> None:
    """Refuse a day after an upper bound, where the rule book blocks there."""
    if last is not None and day > last.on and mode is Mode.BLOCK:
        raise refuse(Code.TERM_LAPSED, f"{day} is after {last.on}", "the rule book blocks it")


def known_as(name: str, bureau: Bureau) -> bool:
    """Tell whether a name means this bureau, today's name or a former one."""
    return _plain(name) in _names(bureau.name, bureau.formerly)


def appointed(name: str, day: date, rules: RuleBook) -> Bureau | None:
    """Return the bureau of this name that is appointed on a day."""
    bureaus = rules.bureaus.on(day).value
    return next((b for b in bureaus if known_as(name, b)), None)


@lru_cache(maxsize=256)
def _names(name: str, formerly: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_plain, (name, *formerly)))


@lru_cache(maxsize=64)  # one name is compared with every bureau
def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("ç", "c").split())
