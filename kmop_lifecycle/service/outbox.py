"""The ledger of deliveries: rows on their way out, and what holds them up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol, Self

from kmop_lifecycle.domain.case import Notice

PAUSE, HOLD = "pause", "hold"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice row on its way out."""

    id: int
    notice: Notice
    status: str  # due, sending, sent, retry, ambiguous, dead, moot
    attempts: int = 0  # counted when the row is taken, so that a killed sender leaves a trace
    next_try_at: datetime | None = None  # an ambiguous row without it waits for people
    answer: str = ""  # the transport's own words, scrubbed
    rendered: str = ""  # hash of what was sent
    sent_at: datetime | None = None
    resends: int = 0  # times it was sent again although it may have arrived; at most one
    first_try_at: datetime | None = None
    lease_until: datetime | None = None  # as claimed: proves whose row it is
    was: str = ""  # as claimed: its status before

    @property
    def abandoned(self) -> bool:
        """An earlier claimant vanished and may have sent it."""
        return self.was == "sending"

    def taken(self, now: datetime, lease_until: datetime) -> Self:
        """Return the row as its claimant has it; the one definition of claiming for all stores."""
        return replace(
            self,
            status="sending",
            was=self.status,
            attempts=self.attempts + 1,
            resends=self.resends + (self.status == "ambiguous"),
            first_try_at=self.first_try_at or now,
            lease_until=lease_until,
        )

    def put_back(self) -> Self:
        """Return a taken row as it was: it waits for a reason that is not its own."""
        return replace(
            self,
            status=self.was,
            attempts=self.attempts - 1,
            resends=self.resends - (self.was == "ambiguous"),
            first_try_at=self.first_try_at if self.attempts > 1 else None,
        )

    def asked_again(self) -> Self:
        """Return the row as people want it tried anew; an automatic resend stays used up."""
        return replace(self, status="due", attempts=0, first_try_at=None, next_try_at=None)


@dataclass(frozen=True, slots=True)
class Channel:
    """A way out that is or was shut because its configuration is wrong."""

    name: str  # mail, slack, json …
    open_until: datetime | None  # the circuit is open, as of a fuse: nothing passes until then
    reason: str
    alarmed_at: datetime


@dataclass(frozen=True, slots=True)
class Switch:
    """Somebody stopped all deliveries: a `pause`, or a `hold` after a restore."""

    name: str
    since: datetime
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An address that takes nothing: what was answered, and since when it is left alone."""

    digest: str
    reader: str  # whose it is: `provider:0566988259`, `bureau:DNV`
    answer: str
    since: datetime


@dataclass(slots=True)
class DeliveryReport:
    """What became of the rows that were examined, and why others wait."""

    counts: Counter[str] = field(default_factory=Counter)  # by outcome
    waiting: Counter[str] = field(default_factory=Counter)  # by reason; untouched, never lost
    alarms: list[str] = field(default_factory=list)  # new ones, each told once
    stopped: str = ""  # who switched all deliveries off, and why
    messages: int = 0  # that went out; several notices for one reader are one message

    @property
    def in_messages(self) -> str:
        """Say in how many messages the notices went out, where that is fewer; else nothing."""
        told = self.counts["sent"] + self.counts["ambiguous"]
        if self.messages >= told:
            return ""
        return f" in {self.messages} message{'' if self.messages == 1 else 's'}"

    def stop(self, switches: Sequence[Switch], waiting: int) -> None:
        """Say why no more rows are taken, and how many wait."""
        self.stopped = "; ".join(map(in_words, switches))
        for earlier in ("round", PAUSE, HOLD):  # another sender may have gone on since
            self.waiting.pop(earlier, None)
        if waiting:
            self.waiting[switches[0].name if switches else "round"] = waiting

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "counts": dict(sorted(self.counts.items())),
            "messages": self.messages,
            "waiting": dict(sorted(self.waiting.items())),
            "alarms": list(self.alarms),
            "stopped": self.stopped,
        }


def in_words(switch: Switch) -> str:
    """Say who stopped deliveries, when and why."""
    what = {PAUSE: "paused", HOLD: "held"}.get(switch.name, switch.name)
    why = f": {switch.reason}" if switch.reason else ""
    return f"{what} by {switch.by} since {switch.since:%Y-%m-%d %H:%M} UTC{why}"


class Outbox(Protocol):
    """The part of a unit of work that delivers and looks after deliveries."""

    def claim(
        self,
        now: datetime,
        lease_until: datetime,
        limit: int,
        after: int = 0,
        among: Collection[int] | None = None,
    ) -> list[Delivery]:
        """Take rows whose time has come, oldest first from `after` on; mark them `sending`.

        With `among`, only rows with these ids. While deliveries are stopped there are none.

        A row's time has come when it is `due`, `retry` or `ambiguous` and `next_try_at` is over
        (`due` may have none, an `ambiguous` without one waits for people); or when it is `sending`
        and its lease is over. Two claimants never get the same row.
        """

    def alongside(self, row: Delivery, now: datetime, limit: int) -> list[int]:
        """Return ids of rows behind this one that wait for the same reader on the same channel.

        A provider reads what is due in all his cases. Only what is `due` or `retry` by now.
        """

    def ripe(self, now: datetime, after: int = 0) -> int:
        """Count the rows that `claim` would give."""

    def settle(self, delivery: Delivery) -> None:
        """Write a claimed row's outcome: all that `Delivery` holds beside the notice.

        Who lost the row to another claimant writes nothing, except that it was sent.
        """

    def outbox(self, statuses: Collection[str], after: int, limit: int) -> list[Delivery]:
        """Page through the rows in these statuses, oldest first."""

    def reopen(self, delivery: Delivery) -> bool:
        """Make a dead or ambiguous row due again; False if it is neither any more."""

    def posted(self, on: date) -> Mapping[str, int]:
        """Return how many messages went to each address (its digest) on a day."""

    def post(self, digest: str, on: date) -> None:
        """Count one message to an address on a day."""

    def forget_posted(self, before: date) -> None:
        """Forget the messages of earlier days: who was written to is nobody's business."""

    def refusals(self) -> list[Refusal]:
        """Return the addresses that take nothing, by reader."""

    def refuse(self, refusal: Refusal) -> None:
        """Write down that an address takes nothing, in place of what was known of it."""

    def forget_refusals(
        self, *, digest: str = "", reader: str = "", before: datetime | None = None
    ) -> None:
        """Forget one address, those of one reader, or what is older than a moment."""

    def channels(self) -> list[Channel]:
        """Return the channels that had trouble, by name."""

    def set_channel(self, channel: Channel) -> None:
        """Write down a channel's trouble, in place of an earlier one."""

    def forget_channels(self) -> None:
        """Close all circuits."""

    def switches(self) -> list[Switch]:
        """Return what stops all deliveries, by name; nothing means that they go on."""

    def set_switch(self, switch: Switch) -> None:
        """Stop all deliveries, in place of an earlier stop of the same name."""

    def forget_switches(self) -> None:
        """Let deliveries go on."""
