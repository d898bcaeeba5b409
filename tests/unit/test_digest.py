"""Several notices for one contact are one message, and a chat reads a short one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from apprise.conversion import html_to_text
from icalendar import Calendar

from kmop_lifecycle.adapters.templates import JinjaRenderer
from kmop_lifecycle.adapters.words import LANGUAGES
from kmop_lifecycle.domain.case import Case, Notice, Party
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.domain.rulebook import Session
from kmop_lifecycle.service.ports import Message, Recipient
from tests import make

DAY = date(2026, 9, 30)
TODAY = DAY - timedelta(days=20)
SESSIONS = (Session(date(2026, 10, 1), "Brussel", "VLAIO", "https://sessions.example/1"),)
PARTY = Party(enterprise=make.ENTERPRISE, name="Acme BV")
HOSTILE = (
    "{{7*7}}",
    "<script>alert(1)</script>",
    "</p><h1>Betaal nu</h1>",
    "Acme\r\nBcc: eve@evil.example",
    "[Betaal nu](https://evil.example)",
    "<!channel> @everyone",
    "Acme \u202egpj.exe",
    "x" * 10_000,
)


def case(number: int, **fields: object) -> Case:
    return make.case(number=f"2026-{number:06d}", version=7, **fields)


def notice(of: Case, ladder: str, anchor: str, rung: str, on: date = DAY) -> Notice:
    return make.notice(case=of.number, ladder=ladder, anchor=anchor, rung=rung, anchor_on=on)


def three() -> list[tuple[Notice, Case]]:
    late, soon, none = case(1), case(2), case(3)
    return [
        (notice(none, "step", "event:7", "withdraw"), none),
        (notice(late, "renewal", "valid_until", "-6m", DAY + timedelta(days=99)), late),
        (notice(soon, "visit", "visit_on", "-14d"), soon),
    ]


def renderer() -> JinjaRenderer:
    date_explained = Derived(
        "visit_until", DAY, "applied_on", TODAY, "waiting", date(2000, 1, 1), "[S] waiting", "6w"
    )
    return JinjaRenderer(
        turn=lambda _: Role.PROVIDER,
        why=lambda *_: (date_explained,),
        sender_name="Auditbureau",
        reply_to="help@kmop.example",
        sessions=SESSIONS,
    )


def digest(
    items: list[tuple[Notice, Case]],
    language: str = "nl",
    party: Party | None = PARTY,
    name: str = "Jo",
    address: str = "slack://x",
) -> Message:
    reader = Recipient(address, language, name)
    return renderer().digest([(*item, party) for item in items], reader, TODAY)


def chat(item: tuple[Notice, Case], language: str = "nl", party: Party | None = PARTY) -> str:
    reader = Recipient("slack://x", language, "Jo")
    return renderer().render(*item, party, reader, TODAY).chat


SUBJECTS = {
    "nl": "3 zaken, eerste datum 30 sep 2026 · KMO-portefeuille",
    "fr": "3 points, première date : 30 sept. 2026 · KMO-portefeuille",
    "en": "3 matters, first date 30 Sept 2026 · KMO-portefeuille",
}
UNDATED = {
    "nl": "2 zaken vragen uw aandacht · KMO-portefeuille",
    "fr": "2 points demandent votre attention · KMO-portefeuille",
    "en": "2 matters ask for your attention · KMO-portefeuille",
}
BY_WHEN = {"nl": "30 september 2026", "fr": "30 septembre 2026", "en": "30 September 2026"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_notices_are_one_mail_with_the_soonest_date_first(language):
    message = digest(three(), language)
    listed = re.findall(r"^2026-\d{6}", message.text, re.MULTILINE)

    assert message.subject == SUBJECTS[language]
    assert listed == ["2026-000002", "2026-000001", "2026-000003"]
    assert BY_WHEN[language] in message.text
    assert "help@kmop.example" in message.text
    assert f'lang="{language}"' in message.html
    assert html_to_text(message.html) == message.text.strip()
    assert "{{" not in message.text + message.html + message.chat
    assert "None" not in message.text + message.chat


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_date_to_keep_the_subject_names_none(language):
    ended = [(notice(one, "step", "event:7", "withdraw"), one) for one in (case(1), case(2))]
    assert digest(ended, language).subject == UNDATED[language]


def test_a_date_that_has_passed_is_not_the_first_to_keep():
    early, late = case(1), case(2)
    items = [
        (notice(early, "visit", "visit_on", "-3d", TODAY - timedelta(days=1)), early),
        (notice(late, "visit", "visit_on", "-14d"), late),
    ]
    assert digest(items).subject == "2 zaken, eerste datum 30 sep 2026 · KMO-portefeuille"


def test_each_line_leads_to_its_details():
    html = digest(three()).html

    assert re.findall(r'href="#(zaak\d)"', html) == re.findall(r'h3 id="(zaak\d)"', html)
    assert html.count("<h1>") == 1
    assert html.index("<h1>") < html.index("<h2>") < html.index("<h3")


def test_one_file_holds_all_dates_and_each_once():
    same = three()
    same.append((replace(same[2][0], rung="-3d"), same[2][1]))
    file = digest(same).calendar
    assert file is not None
    uids = [str(event["UID"]) for event in Calendar.from_ical(file).walk("VEVENT")]

    assert uids == [
        "2026-000002-visit_on@kmop-lifecycle", "2026-000001-valid_until@kmop-lifecycle",
    ]  # fmt: skip


def test_every_notice_has_its_reference_in_the_header():
    headers = digest(three()).headers or {}
    references = headers["X-KMOP-Notice"].split(", ")

    assert len(set(references)) == 3
    assert all(reference in digest(three()).text for reference in references)
    crowd = [(notice(one, "visit", "visit_on", "-14d"), one) for one in map(case, range(1, 120))]
    long = (digest(crowd).headers or {})["X-KMOP-Notice"]
    assert long.endswith(", +69")
    assert len(long) < 900  # a mail's line has 998 characters at most


def test_each_matter_has_the_name_of_its_own_provider():
    items = three()
    named = [(*items[0], None), (*items[1], PARTY), (*items[2], replace(PARTY, name="Beta BV"))]
    reader = Recipient("dnv@bureau.example", "nl", "DNV")
    text = renderer().digest(named, reader, TODAY).text

    assert text.count("Acme BV") == 1
    assert "De audit ter plaatse bij Beta BV komt eraan." in text
    assert "Acme" not in digest(items, party=None).text


def test_a_digest_of_many_is_not_cut_by_mail_programs():
    items = [(notice(one, "visit", "visit_on", "-14d"), one) for one in map(case, range(1, 51))]

    assert len(digest(items).html.encode()) < 100_000
    assert len(digest(items).subject) <= 70


def test_sessions_stand_with_the_matter_that_asks_for_them():
    one, two = case(1), case(2)
    items = [
        (notice(one, "preparation", "applied_on", "+2w"), one),
        (notice(two, "preparation", "applied_on", "+3m"), two),
    ]
    message = digest(items)

    assert message.text.count("1 oktober 2026, Brussel, VLAIO: https://sessions.example/1") == 2
    assert (message.calendar or b"").count(b"UID:session-") == 1
    assert html_to_text(message.html) == message.text.strip()


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda h: ascii(h)[:14])
def test_hostile_names_stay_inert(hostile):
    items = [(one, replace(of, bureau=hostile)) for one, of in three()]
    party = replace(PARTY, name=hostile)
    plain, message = digest(three()), digest(items, party=party, name=hostile)

    assert re.findall(r"<\w+", message.html) == re.findall(r"<\w+", plain.html)
    assert message.text.count("\n") == plain.text.count("\n")
    assert message.subject == plain.subject
    assert html_to_text(message.html) == message.text.strip()
    for text in (message.chat, *(chat(item, party=party) for item in items)):
        assert "](" not in text
        assert "49" not in text
        assert not re.search("[\u202a-\u202e\u2066-\u2069\r]", text)
        assert len(text) < 2_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chat_reads_the_date_the_number_and_what_to_do(language):
    said = chat(three()[2], language)

    assert "2026-000002" in said
    assert BY_WHEN[language] in said
    assert "Acme BV" in said
    assert "help@kmop.example" in said
    assert len(said) < 700
    assert not re.search(r"</?[a-z]+>|\{\{|\n\n\n|\n$", said)


def test_a_mailbox_gets_no_text_for_chats():
    assert digest(three(), address="jo@acme.example").chat == ""
    assert digest(three()).chat


def test_a_chat_has_one_line_for_each_matter():
    lines = digest(three()).chat.split("\n\n")

    assert [line[:11] for line in lines[:-1]] == ["2026-000002", "2026-000001", "2026-000003"]
    assert lines[-1].startswith("Vragen?")
