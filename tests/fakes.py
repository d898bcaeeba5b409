"""Stand-ins for the world outside: a house in memory whose letters are kept for reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kmop_lifecycle.bootstrap import rehearsal
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import Message, Outcome, Recipient
from tests.stories import Story, shipped_rules


class RecordingNotifier:
    """Keeps what was sent; answers as it is told, `sent` by default."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []
        self.answers: dict[str, Outcome] = {}

    def send(self, address: str, message: Message) -> Outcome:
        outcome = self.answers.get(address, Outcome("sent", "250"))
        if outcome.status == "sent":
            self.sent.append((address, message))
        return outcome


class PlainRenderer:
    """Says which notice it is, in one line."""

    def render(self, notice, case, party, recipient, today) -> Message:
        if self.broken == notice.rung:
            raise ValueError(notice.rung)
        line = f"{notice.case} {notice.ladder}:{notice.rung} to {recipient.name}"
        return Message(line, line, line)

    def digest(self, items, recipient, today) -> Message:
        told = [self.render(*item, recipient, today) for item in items]
        text = "\n".join(message.text for message in told)
        return Message(f"{len(told)} notices to {recipient.name}", text, text)

    broken = ""


class KnownPostbook:
    """Knows every role but the one it is told to forget."""

    forgotten = ""

    def address(self, recipient: str) -> Recipient | None:
        if recipient == self.forgotten:
            return None
        return Recipient(f"{recipient.replace(':', '.')}@office.example", "nl", recipient)


class Office:
    """A house with its clock, its letters and the means to bring a story into it."""

    def __init__(self, house: House | None = None) -> None:
        built, self.clock = rehearsal(shipped_rules())
        self.notifier, self.renderer, self.postbook = (
            RecordingNotifier(),
            PlainRenderer(),
            KnownPostbook(),
        )
        self.house = replace(
            built,
            notifier=self.notifier,
            renderer=self.renderer,
            postbook=self.postbook,
            store=house.store if house else built.store,
        )

    def on(self, day: str) -> Office:
        self.clock.set(date.fromisoformat(day))
        return self

    def live(self, story: Story, case: str = "") -> str:
        """Repeat a story's steps by people through the gate; return the case's number."""
        number = case
        for change in story.changes:
            event = change.event
            if str(event.by) == "system:clock":
                continue
            self.clock.set(event.on)
            data = story.asked[event.seq]
            answered = fire(
                self.house, Command(event.trigger, event.by, number or None, data=data)
            )
            number = answered.case
        self.clock.set(story.today)
        return number

    def rows(self, number: str) -> list[tuple[str, str]]:
        """Return (`ladder:rung to role`, status) of all notice rows of a case."""
        with self.house.store(reading=True) as uow:
            return [
                (f"{d.notice.ladder}:{d.notice.rung} to {d.notice.role}", d.status)
                for d in uow.deliveries(number)
            ]
