"""Every notice can be said, in three languages, whatever names it is about."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from shutil import copytree

import pytest
from apprise.conversion import html_to_text
from icalendar import Calendar
from jinja2.exceptions import SecurityError, UndefinedError

from kmop_lifecycle.adapters.notice_plan import entry_of
from kmop_lifecycle.adapters.templates import JinjaRenderer, _layouts
from kmop_lifecycle.adapters.words import _PHRASES, LANGUAGES, TEMPLATES, read, tidy, words
from kmop_lifecycle.domain.case import Audit, Case, Notice, Party, Successor
from kmop_lifecycle.domain.clocks import DATES
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.errors import ConfigurationError
from kmop_lifecycle.domain.lifecycle import Role, State, Trigger
from kmop_lifecycle.domain.rulebook import Kind, Service, Session
from kmop_lifecycle.service.ports import Message, Recipient

DAY = date(2026, 9, 30)  # a long month, for the longest subjects
LADDERS = tomllib.loads(
    (TEMPLATES.parent / "rulebook" / "ladders.toml").read_text(encoding="utf-8")
)["ladders"][-1]["ladder"]
SESSIONS = (
    Session(date(2026, 12, 1), "Gent", "VLAIO", "https://sessions.example/2"),
    Session(date(2026, 10, 1), "Brussel", "VLAIO", "javascript:alert(1)"),
    Session(date(2026, 9, 20), "Hasselt", "VLAIO"),
)
CASE = Case(
    number="2026-000123",
    enterprise="0566988259",
    kind=Kind.STARTER,
    services={Service.TRAINING: ("digitalisering",), Service.ADVICE: ("innovatie",)},
    bureau="Vinçotte",
    applied_on=date(2026, 1, 5),
    rules_on=date(2026, 1, 5),
    state=State.APPLIED,
    version=7,
    last_on=date(2026, 1, 5),
)
PARTY = Party(enterprise="0566988259", name="Acme BV")


def derived(name: str, on: date = DAY) -> Derived:
    return Derived(
        name=name,
        on=on,
        fact="applied_on",
        start=date(2026, 1, 5),
        rule="waiting",
        rule_from=date(2000, 1, 1),
        source="[S] waiting time",
        length="6w",
    )


KEPT = {n for entry in read(TEMPLATES / "plan.toml")["dates"].values() for n in entry["keep"]}
ALL_DATES = tuple(derived(name) for name in DATES if {name, f"{name}-1d"} & KEPT)


def notice(ladder: str, anchor: str, rung: str, role: Role = Role.PROVIDER) -> Notice:
    return Notice(
        "2026-000123", ladder, anchor, DAY, rung, role, str(role), "email", DAY - timedelta(days=9)
    )


def rungs() -> list[Notice]:
    """Every rung of the rule book for every role that receives it, and every step."""
    found = [notice("step", "event:7", trigger) for trigger in Trigger]
    found += [notice("step", "event:7", t, Role.BUREAU) for t in Trigger]
    for ladder in LADDERS:
        for rung in [*ladder["rungs"], ladder.get("repeat", "+9d"), "+3w"]:
            for role in ladder["to"]:
                found.append(notice(ladder["name"], ladder["anchor"], rung, Role(role)))
    return list(dict.fromkeys(found))


def render(
    what: Notice,
    *,
    case: Case = CASE,
    party: Party | None = PARTY,
    language: str = "nl",
    name: str = "Jo Maes",
    today: date = DAY,
    dates: tuple[Derived, ...] = ALL_DATES,
    turn: Role | None = Role.PROVIDER,
    where: Path = TEMPLATES,
) -> Message:
    renderer = JinjaRenderer(
        turn=lambda _: turn,
        why=lambda *_: dates,
        sender_name="Auditbureau",
        reply_to="help@kmop.example",
        sessions=SESSIONS,
        directory=where,
    )
    return renderer.render(what, case, party, Recipient("jo@acme.example", language, name), today)


NAMES = ("step", *dict.fromkeys(ladder["name"] for ladder in LADDERS))
REQUESTED = replace(
    CASE,
    audit_requested_on=DAY,
    successor=Successor("2026-000124", State.APPLIED, DAY),
    audits=(Audit(verdict="corrective"),),
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ladder", NAMES)
def test_every_rung_of_every_ladder_is_said_in_every_language(ladder: str, language: str) -> None:
    for what in (each for each in rungs() if each.ladder == ladder):
        for case, dates in ((CASE, ALL_DATES), (REQUESTED, ALL_DATES), (CASE, ())):
            message = render(what, case=case, language=language, dates=dates)
            assert len(message.subject) <= 70
            assert message.subject.endswith("2026-000123")
            assert "…" not in message.subject
            assert "\n" not in message.subject
            assert len(message.html.encode()) < 100_000
            for said in (message.text, message.html):
                assert "2026-000123" in said
                assert "help@kmop.example" in said
                assert "{{" not in said
                assert "None" not in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", [*Role, None])
def test_after_a_step_whoever_is_to_act_reads_what_to_do(role: Role | None, language: str) -> None:
    what = notice("step", "event:7", "register", role or Role.PROVIDER)
    layout = words("notices", language)["layout"]
    for state in State:
        case = replace(CASE, state=state)
        message = render(what, case=case, turn=role, language=language, dates=())
        assert (layout["nothing"] in message.text) is (role is None)
        assert (layout["turn_you"] in message.text) is (role is not None)


def test_open_measures_in_a_follow_up_audit_are_what_the_provider_has_to_answer() -> None:
    case = replace(CASE, state=State.FOLLOW_UP, audits=(Audit(verdict="corrective"),))
    message = render(notice("step", "event:7", "give_verdict"), case=case)
    assert "Beantwoord elke maatregel" in message.text


def test_every_reminder_tells_each_role_what_it_can_do() -> None:
    nothing = words("notices", "nl")["layout"]["nothing"]
    for what in (each for each in rungs() if each.ladder != "step"):
        assert nothing not in render(what, dates=()).text


def test_the_text_part_that_mail_programs_show_is_ours_to_the_letter() -> None:
    for what in rungs()[::7]:
        message = render(what)
        assert html_to_text(message.html) == message.text.strip()


def test_every_entry_with_a_date_has_words_and_the_other_way_round() -> None:
    planned = set(read(TEMPLATES / "plan.toml")["dates"])
    for language in LANGUAGES:
        table = {
            k: v for k, v in words("notices", language).items() if k not in ("layout", "duty")
        }
        said = set()
        for ladder, entries in table.items():
            for name, entry in entries.items():
                said |= (
                    {f"{ladder}.{name}"}
                    if "subject" in entry
                    else {f"{ladder}.{name}.{v}" for v in entry}
                )
        assert said == planned


def test_a_trigger_has_words_under_its_own_name() -> None:
    steps = {t for t in Trigger if t is not Trigger.GIVE_VERDICT}
    assert {entry_of(notice("step", "event:1", t), CASE, {}) for t in steps} == {
        f"step.{t}" for t in steps
    }


@pytest.mark.parametrize(
    ("verdict", "anchor", "entry"),
    [
        ("pass", "event:7", "pass"),
        ("conditional", "event:7", "conditional"),
        ("corrective", "event:7", "corrective"),
        ("fail", "event:7", "fail"),
        ("", "event:7", "given"),
        ("pass", "event:5", "given"),
    ],
)
def test_a_verdict_is_named_only_while_the_case_still_holds_it(
    verdict: str, anchor: str, entry: str
) -> None:
    case = replace(CASE, audits=(Audit(verdict=verdict),))
    assert entry_of(notice("step", anchor, "give_verdict"), case, {}).endswith(f".{entry}")


@pytest.mark.parametrize("ladder", ["follow_up", "renewal"])
def test_once_requested_a_reminder_speaks_of_the_outstanding_decision(ladder: str) -> None:
    rejected = replace(CASE, successor=Successor("2026-000124", State.REJECTED, DAY))
    requested = replace(
        CASE, audit_requested_on=DAY, successor=Successor("2026-000124", State.PREPARED, DAY)
    )
    assert entry_of(notice(ladder, "x", "-3m"), CASE, {}) == f"{ladder}.open"
    assert entry_of(notice(ladder, "x", "-3m"), rejected, {}) == f"{ladder}.open"
    assert entry_of(notice(ladder, "x", "-3m"), requested, {}) == f"{ladder}.decision"
    assert entry_of(notice(ladder, "x", "+1d"), requested, {}) == f"{ladder}.ended"


def test_a_notice_says_the_date_in_words_and_why_and_whose_turn() -> None:
    message = render(notice("follow_up", "two_year_on", "-6m"), turn=Role.BUREAU)
    assert message.subject == "Opvolgaudit: beslissing nodig tegen 30 sep 2026 · 2026-000123"
    assert "Uiterlijk op 30 september 2026." in message.text
    assert "De tweejaarsdatum is 30 september 2026: 6 weken na de aanvraag" in message.text
    assert "Nu is het auditbureau aan zet." in message.text
    assert "Vraag de opvolgaudit nu aan bij Vinçotte." in message.text


def test_a_date_that_has_passed_is_said_to_have_passed() -> None:
    message = render(notice("waiting", "waiting_overdue_on", "0", Role.BUREAU))
    assert "Dit moest uiterlijk op 29 september 2026 gebeuren." in message.text
    assert message.calendar is None


@pytest.mark.parametrize(
    ("kind", "first_time", "papers"),
    [
        (Kind.STARTER, True, "de verklaring op erewoord, de kennistest en de aanvaarde offerte."),
        (Kind.BASIC, False, "de verklaring op erewoord en de aanvaarde offerte."),
    ],
)
def test_preparation_notices_name_the_missing_papers(
    kind: Kind, first_time: bool, papers: str
) -> None:
    case = replace(CASE, kind=kind, first_time=first_time)
    assert papers in render(notice("preparation", "applied_on", "+2w"), case=case).text


def test_preparation_notices_name_the_next_sessions_with_calendar_entries() -> None:
    what = notice("preparation", "applied_on", "+3m")
    message = render(what, today=DAY - timedelta(days=9))
    assert "1 oktober 2026, Brussel, VLAIO\n" in message.text
    assert "1 december 2026, Gent, VLAIO: https://sessions.example/2" in message.text
    assert "Hasselt" not in message.text  # over
    assert "javascript" not in message.text + message.html
    assert '<a href="https://sessions.example/2">https://sessions.example/2</a>' in message.html
    assert len(events(message)) == 3
    assert "Gent" not in render(notice("visit", "visit_on", "-3d")).text


def events(message: Message) -> list[dict[str, object]]:
    assert message.calendar is not None
    return list(Calendar.from_ical(message.calendar).walk("VEVENT"))


def test_a_calendar_entry_is_a_whole_day_with_an_alarm() -> None:
    (event,) = events(
        render(notice("renewal", "valid_until", "-6m"), today=DAY - timedelta(days=100))
    )
    assert event["DTSTART"].dt == DAY
    assert event["DTEND"].dt == DAY + timedelta(days=1)
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert event["SEQUENCE"] == 7
    (alarm,) = event.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(days=-30)


def test_one_date_of_a_case_keeps_one_entry_over_rungs_steps_and_languages() -> None:
    step = notice("step", "event:7", "register")
    rung = notice("follow_up", "two_year_on", "-6m")
    found = [
        events(render(what, language=language))[0]["UID"]
        for what in (step, rung, replace(rung, rung="-1d"))
        for language in LANGUAGES
    ]
    assert set(found) == {"2026-000123-two_year_on@kmop-lifecycle"}
    other = replace(CASE, number="2026-000124")
    assert events(render(rung, case=other))[0]["UID"] not in found


def test_a_notice_carries_the_same_reference_whenever_it_is_sent() -> None:
    what = notice("visit", "visit_on", "-3d")
    first, again = render(what), render(what, today=DAY - timedelta(days=1), name="Someone")
    other = render(replace(what, rung="-14d"))
    assert first.headers is not None
    assert again.headers == first.headers
    assert other.headers != first.headers
    assert first.headers["X-KMOP-Notice"] in first.text


HOSTILE = (
    "{{7*7}}",
    "{% for x in range(9**9) %}{% endfor %}",
    "<script>alert(1)</script>",
    "</p><h1>Betaal nu</h1>",
    "Acme\r\nBcc: eve@evil.example",
    "<!channel>",
    "Acme \u202egpj.exe",
    "\u2066x\u2069\u200f\u061c",
    "x" * 10_000,
    '" onmouseover="alert(1)',
    "&lt;b&gt;",
)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))


def tags(html: str) -> list[tuple[str, tuple[str, ...]]]:
    parser = Tags()
    parser.feed(html)
    return parser.seen


@pytest.mark.parametrize(
    "hostile", HOSTILE, ids=lambda h: h[:12].encode("ascii", "replace").decode()
)
def test_hostile_names_stay_inert(hostile: str) -> None:
    what = notice("preparation", "applied_on", "+2w")
    message = render(
        what,
        case=replace(CASE, bureau=hostile),
        party=replace(PARTY, name=hostile),
        name=hostile,
    )
    plain = render(what)
    assert tags(message.html) == tags(plain.html)
    assert message.text.count("\n") == plain.text.count("\n")
    assert "49" not in message.text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200f\u061c\r]", message.text)
    assert len(message.text) < len(plain.text) + 1_000
    assert "\n" not in message.subject
    assert len(message.subject) <= 70
    assert len(events(message)) == len(events(plain))
    assert html_to_text(message.html) == message.text.strip()


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ name.__init__.__globals__ }}",
        "{{ ('{0.__class__}').format(name) }}",
        "{% set _ = things.append(1) %}",
        "{{ missing }}",
    ],
)
@pytest.mark.parametrize("place", [_PHRASES, _layouts(TEMPLATES)])
def test_a_template_reaches_nothing_but_what_it_is_given(place, attack: str) -> None:
    with pytest.raises((SecurityError, UndefinedError)):
        place.from_string(attack).render(name="Acme", things=[])


def test_a_hostile_case_number_breaks_neither_subject_nor_calendar() -> None:
    case = replace(CASE, number="2026\r\nBcc: x\u202e")
    message = render(notice("visit", "visit_on", "-3d"), case=case)
    assert message.subject.endswith("· 2026 Bcc: x")
    assert b"\r\nBcc" not in (message.calendar or b"")


def test_an_erased_provider_is_not_named() -> None:
    message = render(notice("visit", "visit_on", "-3d"), party=None, name="")
    assert "De audit ter plaatse bij de dienstverlener komt eraan." in message.text
    assert message.text.startswith("Geachte heer of mevrouw,")


def test_a_reader_of_another_language_is_written_to_in_dutch() -> None:
    assert 'lang="nl"' in render(notice("visit", "visit_on", "-3d"), language="xx").html


def test_the_page_is_readable_and_asks_nobody_for_anything() -> None:
    html = render(notice("visit", "visit_on", "-3d"), language="fr").html
    assert '<html lang="fr"' in html
    assert "<title>" in html
    assert "<h1>" in html
    assert 'name="color-scheme"' in html
    assert not re.search(r"<(img|script|link)|url\(|@import", html)
    assert min(int(px) for px in re.findall(r"font(?:-size)?: (\d+)px", html)) >= 14
    for light, dark in (("#1a1a1a", "#ffffff"), ("#0b4f94", "#ffffff"), ("#ececec", "#1c1c1c"),
                        ("#9ecbff", "#1c1c1c")):  # fmt: skip
        assert {light, dark} <= set(re.findall(r"#[0-9a-f]{6}", html))
        assert contrast(light, dark) >= 4.5


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (
            p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_missing_translation_or_an_unknown_blank_is_an_error(tmp_path: Path) -> None:
    where = tmp_path / "templates"
    copytree(TEMPLATES, where)
    file = where / "fr" / "notices.toml"
    whole = file.read_text(encoding="utf-8")
    what = notice("visit", "visit_on", "-3d")
    file.write_text(whole.replace("[visit.planned]", "[visit.other]"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"visit\.planned"):
        render(what, language="fr", where=where)
    elsewhere = tmp_path / "again"
    copytree(TEMPLATES, elsewhere)
    text = whole.replace("{{ provider }} approche", "{{ provder }} approche")
    (elsewhere / "fr" / "notices.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="provder"):
        render(what, language="fr", where=elsewhere)


def test_a_name_becomes_one_short_visible_line() -> None:
    assert tidy("  A\tB\n\u202eC\u200b ") == "A B C"
    assert tidy("x" * 10_000, 20) == "x" * 19 + "…"
