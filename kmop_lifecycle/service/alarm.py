"""Tell the installation's own people that the machinery needs a hand."""

from __future__ import annotations

from datetime import timedelta
from html import escape

from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import Message, Outcome

_LONG = timedelta(days=1)  # a notice that waits longer than this is a sign that nothing is sent
_WAITING = frozenset({"due", "retry", "sending"})


def backlog(house: House) -> int:
    """Return how many notices wait, once the oldest has waited for more than a day; else 0."""
    with house.store(reading=True) as uow:
        oldest = uow.outbox(_WAITING, 0, 1)
        if not oldest or oldest[0].notice.due_on >= house.clock.today() - _LONG:
            return 0
        outcomes = uow.counts("outcome")["outcome"]
    return sum(outcomes.get(status, 0) for status in _WAITING)


def alarm(house: House, what: str) -> Outcome:
    """Send one line to the admin's address; the outcome says whether it went out."""
    to = house.postbook.address("admin")
    if to is None:
        return Outcome("dead", "no admin address")
    subject = f"KMOP: {what}"
    text = f"{what}\n\nThe runbook, deploy/RUNBOOK.md, says what to look at and what to do."
    return house.notifier.send(to.address, Message(subject, text, f"<p>{escape(text)}</p>"))
