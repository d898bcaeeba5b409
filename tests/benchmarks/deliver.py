"""Notices per second through the real delivery, beside bare loops to the same servers.

A bare loop, of smtplib or requests, hands over one message made before, and nothing else. The
delivery claims each row, reads its case, renders it with its calendar entry, and writes what
became of it.
"""

from __future__ import annotations

import smtplib
from contextlib import ExitStack
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP

import requests

from kmop_lifecycle.adapters.letters import MailServer
from kmop_lifecycle.adapters.notifier import AppriseNotifier
from kmop_lifecycle.service.deliver import deliver
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import Message, Outcome
from tests.benchmarks.queue import full_house, store_of
from tests.benchmarks.sinks import sink
from tests.benchmarks.timing import Plan, Result, in_turns

HOST = "127.0.0.1"
SENDER = "audit@kmop.example"
MAIL, HOOK = "deliver, mail", "deliver, web hook"
ONE = "deliver, mail, one sender"
ALONE = "the notifier alone, mail"
EACH, KEPT = "smtplib, a connection per message", "smtplib, one connection"
POST = "requests, a post per message"


class _Everywhere:
    """Sends to one address, whoever it was for, and keeps the last message."""

    def __init__(self, notifier: AppriseNotifier, address: str = "") -> None:
        self._notifier, self._address = notifier, address
        self.last = Message("", "", "")

    def send(self, address: str, message: Message) -> Outcome:
        self.last = message
        return self._notifier.send(self._address or address, message)


def run(plan: Plan) -> Result:
    """Measure it."""
    with ExitStack() as stack:
        mail, hook = stack.enter_context(sink("mail")), stack.enter_context(sink("hook"))
        store = stack.enter_context(store_of(plan.db))
        house = full_house(store, plan.messages * plan.rounds * 3 + 1, plan.waiting)
        server = MailServer(host=HOST, port=mail, mode="insecure", sender_address=SENDER)
        notifier = AppriseNotifier(server)
        to_mail = _Everywhere(notifier)
        to_hook = _Everywhere(notifier, f"json://{HOST}:{hook}/hook")
        _delivered(replace(house, notifier=to_mail), 1)  # loads Apprise and the templates
        letter = _letter(to_mail.last)
        ways = {
            MAIL: lambda: _delivered(replace(house, notifier=to_mail), plan.messages),
            ONE: lambda: _delivered(_alone_in(replace(house, notifier=to_mail)), plan.messages),
            EACH: lambda: _one_each(mail, letter, plan.messages),
            KEPT: lambda: _kept(mail, letter, plan.messages),
            ALONE: lambda: _alone(notifier, to_mail.last, plan.messages),
            HOOK: lambda: _delivered(replace(house, notifier=to_hook), plan.messages),
            POST: lambda: _posted(hook, to_mail.last, plan.messages),
        }
        result = in_turns("deliver", plan, ways)
    rate = result.per_second
    pairs = ((MAIL, EACH), (MAIL, KEPT), (HOOK, POST))
    result.ratios = {f"{ours} / {way}": round(rate[ours] / rate[way], 2) for ours, way in pairs}
    return result


def _delivered(house: House, messages: int) -> int:
    counts = deliver(house, limit=messages).counts
    if counts != {"sent": messages}:
        raise RuntimeError(f"not all were sent: {counts}")
    return messages


def _alone_in(house: House) -> House:
    return replace(house, limits=replace(house.limits, senders=1))


def _alone(notifier: AppriseNotifier, message: Message, messages: int) -> int:
    for _ in range(messages):
        outcome = notifier.send("jo@firm.example", message)
        if outcome.status != "sent":
            raise RuntimeError(outcome.answer)
    return messages


def _letter(message: Message) -> bytes:
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = message.subject, SENDER, "jo@firm.example"
    letter.set_content(message.text)
    letter.add_alternative(message.html, subtype="html")
    if message.calendar:
        letter.add_attachment(
            message.calendar, maintype="text", subtype="calendar", filename="kmop.ics"
        )
    return letter.as_bytes(policy=SMTP)


def _one_each(port: int, letter: bytes, messages: int) -> int:
    for _ in range(messages):
        with smtplib.SMTP(HOST, port) as server:
            server.sendmail(SENDER, "jo@firm.example", letter)
    return messages


def _kept(port: int, letter: bytes, messages: int) -> int:
    with smtplib.SMTP(HOST, port) as server:
        for _ in range(messages):
            server.sendmail(SENDER, "jo@firm.example", letter)
    return messages


def _posted(port: int, message: Message, messages: int) -> int:
    body = {"title": message.subject, "message": message.text}
    for _ in range(messages):
        requests.post(f"http://{HOST}:{port}/hook", json=body, timeout=5).raise_for_status()
    return messages
