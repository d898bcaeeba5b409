"""The mails as a mailbox holds them: sent over SMTP, stored as a Maildir, read back."""

from __future__ import annotations

from datetime import date
from email import message_from_binary_file, policy
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path

import pytest
from icalendar import Calendar

from kmop_lifecycle.adapters.dates_gone import DatesGone
from kmop_lifecycle.adapters.letters import MailServer
from kmop_lifecycle.adapters.mail_catcher import MailCatcher
from kmop_lifecycle.adapters.notifier import AppriseNotifier
from kmop_lifecycle.adapters.reasons import Reasons
from kmop_lifecycle.adapters.templates import JinjaRenderer
from kmop_lifecycle.adapters.words import LANGUAGES
from kmop_lifecycle.domain.case import Case, Notice
from kmop_lifecycle.domain.ladders import instances
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.domain.turn import turn
from kmop_lifecycle.service.ports import Message, Recipient
from tests.make import party
from tests.stories import following_up, prepared, shipped_rules

RULES = shipped_rules()
DAY = date(2027, 12, 16)
SAID = {
    "nl": ("Geachte Jo Maes,", "Uiterlijk op 16 maart 2028.", "Opvolgaudit"),
    "fr": ("Jo Maes,", "16 mars 2028", "audit de suivi"),
    "en": ("Dear Jo Maes,", "On or before 16 March 2028.", "Follow-up audit"),
}


def message(case: Case, notice: Notice, language: str, on: date) -> Message:
    renderer = JinjaRenderer(
        turn=turn,
        why=Reasons(RULES),
        gone=DatesGone(RULES),
        sender_name="Registratie",
        reply_to="help@kmop.example",
    )
    return renderer.render(notice, case, party(), Recipient("", language, "Jo Maes"), on)


def reminder() -> tuple[Case, Notice]:
    case = following_up().pass_time("2027-12-16").now
    (ladder,) = [i for i in instances(case, RULES, DAY) if i.ladder.name == "follow_up"]
    (rung,) = [rung for rung in ladder.rungs(DAY) if rung.name == "-3m"]
    return case, next(ladder.notices(rung))


def through_the_mail(room: Path, *sent: Message) -> list[EmailMessage]:
    """Send for real, put what arrives into a Maildir, and read that as a mail program does."""
    box = Maildir(room / "Maildir")
    with MailCatcher() as server:
        notifier = AppriseNotifier(
            MailServer(
                host=server.host,
                port=server.port,
                mode="insecure",
                sender_address="noreply@kmop.example",
                sender_name="Registratie",
                reply_to="help@kmop.example",
            )
        )
        for one in sent:
            assert notifier.send("jo@acme.example", one).status == "sent"
        for caught in server.caught:
            box.add(caught.message.as_bytes())
    found = []
    for path in sorted((room / "Maildir" / "new").iterdir()):
        with path.open("rb") as file:
            found.append(message_from_binary_file(file, policy=policy.default))
    box.close()
    assert len(found) == len(sent)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mailbox_shows_a_mail_as_it_was_meant(tmp_path: Path, language: str) -> None:
    sent = message(*reminder(), language, DAY)
    (mail,) = through_the_mail(tmp_path, sent)
    assert not mail.defects
    assert mail["Subject"] == sent.subject
    assert (mail["To"], mail["Reply-To"]) == ("jo@acme.example", "help@kmop.example")
    assert mail["From"].addresses[0].display_name == "Registratie"
    assert mail["X-KMOP-Notice"] == (sent.headers or {})["X-KMOP-Notice"]
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    plain = mail.get_body(("plain",))
    page = mail.get_body(("html",))
    assert plain is not None
    assert page is not None
    text = plain.get_content().replace("\r\n", "\n")
    assert text.strip() == sent.text.strip()
    assert max(len(word) for word in text.split()) < 40
    for words in SAID[language]:
        assert words in text
        assert words in page.get_content()
    assert f'<html lang="{language}"' in page.get_content()


def calendar(mail: EmailMessage) -> Calendar:
    (part,) = mail.iter_attachments()
    assert part.get_filename() == "kmop.ics"
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return Calendar.from_ical(content)


def test_the_date_to_keep_comes_along_as_a_calendar_file(tmp_path: Path) -> None:
    (mail,) = through_the_mail(tmp_path, message(*reminder(), "nl", DAY))
    found = calendar(mail)
    (event,) = found.walk("VEVENT")
    assert found["METHOD"] == "PUBLISH"
    assert event["DTSTART"].dt == date(2028, 3, 16)
    assert event["UID"] == "2026-000001-two_year_on@kmop-lifecycle"
    assert event["ORGANIZER"] == "mailto:help@kmop.example"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visit_that_is_called_off_leaves_the_calendar(tmp_path: Path, language: str) -> None:
    story = prepared().do(
        "2026-01-21", Trigger.PLAN_VISIT, "bureau:plan", visit_on="2026-02-10", auditor="an"
    )
    story.do("2026-01-25", Trigger.WITHDRAW, "provider:acme")
    planned, withdrawn = (
        message(change.after, change.notices[0], language, change.event.on)
        for change in story.changes[-2:]
    )
    mails = through_the_mail(tmp_path, planned, withdrawn)
    by_method = {str(found["METHOD"]): found for found in map(calendar, mails)}
    visits = {
        method: next(e for e in found.walk("VEVENT") if "visit_on" in e["UID"])
        for method, found in by_method.items()
    }
    assert visits["CANCEL"]["UID"] == visits["PUBLISH"]["UID"]
    assert visits["CANCEL"]["SEQUENCE"] > visits["PUBLISH"]["SEQUENCE"]
    assert visits["CANCEL"]["STATUS"] == "CANCELLED"
