"""What the use cases ask of the world outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, Self

from kmop_lifecycle.domain.case import Case, Change, Due, Neighbour, Notice, Party
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.domain.rulebook import Kind
from kmop_lifecycle.service.agenda import Agenda
from kmop_lifecycle.service.census import Census
from kmop_lifecycle.service.evidence import Evidence
from kmop_lifecycle.service.marks import Marks
from kmop_lifecycle.service.openings import Answer as Answer  # noqa: PLC0414  # ours to give on
from kmop_lifecycle.service.openings import Openings
from kmop_lifecycle.service.outbox import Delivery, Outbox
from kmop_lifecycle.service.recent import Recent
from kmop_lifecycle.service.recent import Registered as Registered  # noqa: PLC0414  # ours to give on

NoticeKey = tuple[str, str, str, str, str, str, str]


class Clock(Protocol):
    """The time, from outside."""

    def now(self) -> datetime:
        """Return this moment, aware, in UTC."""

    def today(self) -> date:
        """Return today's calendar date in Europe/Brussels."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases to list; empty fields do not filter."""

    states: frozenset[State] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    bureau: str = ""
    enterprise: str = ""
    due_before: date | None = None  # cases whose next date is on or before this one
    after: str = ""  # keyset paging: numbers greater than this
    limit: int = 100


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One line of a list of cases."""

    number: str
    enterprise: str
    name: str
    kind: Kind
    state: State
    bureau: str
    applied_on: date
    valid_from: date | None
    valid_until: date | None
    next_on: date | None
    next_kind: str


@dataclass(frozen=True, slots=True)
class PartyChange:
    """Who changed a provider's contacts, when, and what kind of change: no personal value."""

    seq: int
    at: datetime
    actor: str
    what: str


class UnitOfWork(Agenda, Census, Evidence, Marks, Openings, Outbox, Recent, Protocol):
    """One transaction on the store; leaving the block without `commit` writes nothing.

    Entering takes the write lock where the database has only one (SQLite).
    """

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *exc: object) -> None:
        """Roll back whatever was not committed."""

    def commit(self) -> None:
        """Make it last."""

    # cases
    def get(self, number: str) -> Case:
        """Return a case with its `successor`, locked for this transaction; NotFound if none."""

    def get_many(self, numbers: Sequence[str]) -> list[Case]:
        """Return these cases with their successors, by number, locked; skip absent ones."""

    def neighbours(self, enterprise: str) -> list[Neighbour]:
        """Return all cases of an enterprise, serialised against others that open one."""

    def allocate(self, on: date) -> str:
        """Return a new case number, `YEAR-NNNNNN`; a number once given is never given again."""

    def record(self, change: Change, at: datetime) -> None:
        """Write case, history row, notices and, when a case opens, its party.

        Of a provider that is known, `contacts.renewed` says what stays.
        The case is version-checked: ChangedMeanwhile when another writer was first.
        Notice rows whose key exists are skipped.
        """

    # the ledger
    def ledger(self, numbers: Sequence[str]) -> Mapping[str, frozenset[NoticeKey]]:
        """Return the keys of all notice rows of these cases (every number is a key)."""

    def add_notices(self, notices: Iterable[Notice], at: datetime) -> int:
        """Write notice rows; skip those whose key exists; return how many are new."""

    # idempotency
    def answer(self, key: str) -> Answer | None:
        """Return what this key was answered before."""

    def remember(self, key: str, answer: Answer, at: datetime) -> None:
        """Keep an answer under its key; ChangedMeanwhile if another writer just did."""

    # reading
    def history(self, number: str) -> list[Registered]:
        """Return a case's history, oldest first; NotFound if there is no such case."""

    def party(self, enterprise: str) -> Party | None:
        """Return the personal side of a provider."""

    def change_party(self, party: Party, change: PartyChange) -> None:
        """Replace a provider's personal side and record that; ChangedMeanwhile if `seq` exists."""

    def party_changes(self, enterprise: str) -> list[PartyChange]:
        """Return who changed a provider's contacts, oldest first."""

    def deliveries(self, number: str) -> list[Delivery]:
        """Return all notice rows of a case, oldest first."""

    def dues(self, number: str) -> list[Due]:
        """Return a case's next dates, earliest first."""

    def find(self, wanted: CaseFilter) -> list[CaseLine]:
        """List cases, ordered by number."""

    def counts(self, *by: str) -> Mapping[str, Mapping[str, int]]:
        """Count cases by `state` and by `kind`, notices by `ladder` and by `outcome`.

        Only what is named is counted; everything when nothing is named.
        """

    def expiring(self, first: date, last: date) -> int:
        """Count registered cases whose last day of validity lies in this span, both inclusive."""

    def numbers(self, after: str, limit: int) -> list[str]:
        """Page through all case numbers, ordered."""


class OpenUnitOfWork(Protocol):
    """Begin a transaction on the store."""

    def __call__(self, *, reading: bool = False) -> UnitOfWork:
        """Return a new unit of work; a reading one takes no locks and commits nothing."""


@dataclass(frozen=True, slots=True)
class Message:
    """One mail or chat message, ready to send; flat text, nothing to be evaluated any more."""

    subject: str
    text: str
    html: str
    calendar: bytes | None = None  # an .ics file
    headers: Mapping[str, str] | None = None
    chat: str = ""  # the short text for Slack, Teams and the like; empty: `text`


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt.

    `sent`, `retry`, `ambiguous` (it may have arrived), `dead` (this address takes nothing),
    `unfit` (this message is not taken) or `configuration` (our side is wrong, for everybody).
    """

    status: str
    answer: str = ""
    wait: timedelta | None = None  # how long the other side wants to be left alone
    silent: bool = False  # the other side could not be reached, or said nothing


class Notifier(Protocol):
    """The way out to people."""

    def send(self, address: str, message: Message) -> Outcome:
        """Send to one address (an e-mail address or an Apprise URL); never raise."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where one notice goes: an address, a language and a name to greet."""

    address: str
    language: str
    name: str


class Renderer(Protocol):
    """Turn a notice into a message in the reader's language."""

    def render(
        self, notice: Notice, case: Case, party: Party | None, recipient: Recipient, today: date
    ) -> Message:
        """Return subject, text, HTML, chat text and calendar entry."""

    def digest(
        self,
        items: Sequence[tuple[Notice, Case, Party | None]],
        recipient: Recipient,
        today: date,
    ) -> Message:
        """Return several notices for one reader, each with its provider, as one message."""


class Postbook(Protocol):
    """Where roles that are not the provider can be reached."""

    def address(self, recipient: str) -> Recipient | None:
        """Return where `bureau:DNV`, `auditor:an` or `authority` is reached; None if unknown."""
