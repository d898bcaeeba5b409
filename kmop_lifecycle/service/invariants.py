"""What must hold of every case, one named check each; a check yields what contradicts it.

`verify` runs them over all cases. Each reads a dossier, writes nothing and needs no other case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from kmop_lifecycle.domain.case import Case, Event
from kmop_lifecycle.domain.clocks import DATES
from kmop_lifecycle.domain.decide import dues, project
from kmop_lifecycle.domain.lifecycle import RUNNING, State, Trigger
from kmop_lifecycle.domain.machine import rows
from kmop_lifecycle.domain.parts import changed
from kmop_lifecycle.domain.rulebook import Kind, RuleBook
from kmop_lifecycle.domain.turn import turn
from kmop_lifecycle.service.causes import unfounded
from kmop_lifecycle.service.evidence import Dossier


class Invariant(StrEnum):
    """What must hold; the name is what `kmop verify` says when it does not."""

    READABLE = "readable"  # every row can be read
    SEQUENCE = "sequence"  # one history row per change, numbered without a gap
    PAGE = "page"  # each row is a step of the page, from where the last one ended, by who may
    ORDER = "order"  # dates and moments of a history never run backwards
    PROJECTION = "projection"  # the case is what its history makes of it, in every column
    CERTIFICATE = "certificate"  # both audit parts, verdict and decision stand behind it
    FOUR_EYES = "four_eyes"  # audit, verdict and decision are by different people
    VALIDITY = "validity"  # the dates of a registration are those of the rule book
    TURN = "turn"  # an open case is somebody's turn and has a next date
    DEADLINE = "deadline"  # the sweep knows every date that comes
    NOTICE = "notice"  # no notice without cause, no event without its notices
    ANSWER = "answer"  # what a command was answered is what the history says
    OVERLAP = "overlap"  # one running registration per enterprise and service, renewals apart


@dataclass(frozen=True, slots=True)
class Breach:
    """One contradiction: where it stands and what it is."""

    invariant: Invariant
    case: str
    row: str  # `history 3`, `notice 41`, `deadline lapse`; empty: the case as a whole
    what: str

    def __str__(self) -> str:
        """Write it in one line."""
        place = f"{self.case} {self.row}".strip()
        return f"{place}: {self.what} [{self.invariant}]"

    def as_json(self) -> dict[str, str]:
        """Return it as JSON values."""
        return {
            "invariant": str(self.invariant),
            "case": self.case,
            "row": self.row,
            "what": self.what,
        }


@dataclass(frozen=True, slots=True)
class Proof:
    """A dossier with the states that its history went through."""

    dossier: Dossier
    events: list[Event]
    prefixes: list[Case]  # the case after each event
    rules: RuleBook
    today: date
    corrected: bool  # a rule was corrected for running cases: old dates were right in their time

    @property
    def case(self) -> Case:
        """The case, by its history."""
        return self.prefixes[-1]


Found = Iterator[tuple[str, str]]  # row, what
_CORRECTED = timedelta(days=1)  # how far a machine's clock may be set back between two rows


def chain(dossier: Dossier) -> Iterator[tuple[Invariant, str, str]]:
    """Check what must hold before a history can be replayed at all."""
    yield from ((Invariant.READABLE, row, f"cannot be read: {why}") for row, why in dossier.unread)
    events = [event for event, _ in dossier.history]
    if not events and not dossier.unread:
        yield Invariant.SEQUENCE, "", "no history"
    state = None
    for place, event in enumerate(events, 1):
        row = f"history {event.seq}"
        if event.seq != place:
            yield Invariant.SEQUENCE, row, f"stands in place {place}"
        if event.source != state:
            yield Invariant.PAGE, row, f"starts from {event.source}, not from {state}"
        yield from ((Invariant.PAGE, row, what) for what in _off_the_page(event))
        state = event.to


def _off_the_page(event: Event) -> Iterator[str]:
    steps = rows(event.trigger, event.source)
    if not any(step.to in (event.to, None) for step in steps):
        yield f"the page has no {event.trigger} from {event.source} to {event.to}"
    elif not any(event.by.role in step.by for step in steps):
        yield f"{event.by.role} may not {event.trigger}"


def projection(proof: Proof) -> Found:
    """The row says what the history makes, in its facts and in the columns beside them."""
    dossier = proof.dossier
    yield from (("case", f"column {column} differs from its facts") for column in dossier.torn)
    if dossier.case is not None and proof.case != changed(dossier.case, successor=None):
        yield "case", "the case differs from what its history makes of it"


def order(proof: Proof) -> Found:
    """No effective date before the one before it, no row written days before the one before it."""
    for (before, written), (event, at) in pairwise(proof.dossier.history):
        if event.on < before.on:
            yield f"history {event.seq}", f"is of {event.on}, the one before of {before.on}"
        if at < written - _CORRECTED:
            yield f"history {event.seq}", f"was written on {at:%Y-%m-%d}, the one before later"


def certificate(proof: Proof) -> Found:
    """Both audit parts, a positive verdict and a decision stand before a registration."""
    fired = [event.trigger for event in proof.events]
    if Trigger.REGISTER in fired:
        place = fired.index(Trigger.REGISTER)
        wanted = (Trigger.CLOSE_VISIT, Trigger.FINISH_REPORT, Trigger.GIVE_VERDICT)
        missing = [step for step in wanted if step not in fired[:place]]
        row = f"history {proof.events[place].seq}"
        yield from ((row, f"registered without {step}") for step in missing)
        if not missing and proof.prefixes[place - 1].audit.verdict not in ("pass", "conditional"):
            yield row, "registered without a positive verdict"
    if proof.case.state in RUNNING and proof.case.registration is None:
        yield "case", f"{proof.case.state} without a registration"


def four_eyes(proof: Proof) -> Found:
    """Who audited did not judge, and who did either did not decide."""
    for place, event in enumerate(proof.events):
        if event.trigger not in (Trigger.REGISTER, Trigger.EXTEND):
            continue
        audit = proof.prefixes[place - 1].audit
        both = audit.auditors & audit.committee
        if both or event.by.name in audit.auditors | audit.committee:
            yield f"history {event.seq}", "audit, verdict and decision are not by different people"


def validity(proof: Proof) -> Found:
    """A registration begins with its decision, or after the old one; the rules say how long."""
    case, held = proof.case, proof.case.registration
    if held is None or case.adopted or proof.corrected:
        return
    start = held.old_valid_until or held.valid_from
    length = (proof.rules.starter_validity if held.two_year_on else proof.rules.validity).on(
        case.rules_on
    )
    if held.valid_until != length.value.length.after(start):
        yield "case", f"valid until {held.valid_until}, which is not {length.value.length} later"
    if held.old_valid_until is None and held.valid_from != held.decided_on:
        yield "case", f"valid from {held.valid_from}, decided on {held.decided_on}"
    if held.old_valid_until is not None and case.kind is not Kind.RENEWAL:
        yield "case", "goes on after an old registration without being a renewal"


def whose_turn(proof: Proof) -> Found:
    """Every open case has somebody whose turn it is and a date."""
    now = project(proof.case, proof.rules, proof.today)
    if turn(now) is None or (now.state is State.REJECTED and not _may_appeal(now, proof)):
        return
    if not any(dated(now, proof.rules, proof.today) for dated in DATES.values()):
        yield "case", "open, but without a next date"


def _may_appeal(case: Case, proof: Proof) -> bool:
    term = DATES["appeal_until"](case, proof.rules, proof.today)
    return term is not None and term.on >= proof.today


def deadlines(proof: Proof) -> Found:
    """The sweep knows of every date that comes."""
    dossier, today = proof.dossier, proof.today
    successor = dossier.case.successor if dossier.case else None
    case = changed(proof.case, successor=successor)
    ledger = frozenset(notice.key for notice in dossier.notices.values())
    planned = {due.kind: due.on for due in dossier.dues}
    for due in dues(case, proof.rules, today, ledger):
        if due.kind not in planned or planned[due.kind] > max(due.on, today):
            yield f"deadline {due.kind}", f"the sweep does not know of {due.kind} on {due.on}"


def causes(proof: Proof) -> Found:
    """No notice without cause, no event that told nobody."""
    dated, notices = not proof.corrected, proof.dossier.notices
    yield from unfounded(notices, proof.events, proof.prefixes, proof.rules, dated=dated)


CHECKS: Mapping[Invariant, Callable[[Proof], Found]] = {
    Invariant.PROJECTION: projection,
    Invariant.ORDER: order,
    Invariant.CERTIFICATE: certificate,
    Invariant.FOUR_EYES: four_eyes,
    Invariant.VALIDITY: validity,
    Invariant.TURN: whose_turn,
    Invariant.DEADLINE: deadlines,
    Invariant.NOTICE: causes,
}
