"""The shipped rule book says what the specification says, §3, §4 and §6; each number once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kmop_lifecycle.adapters.rulebook_files import load_rulebook
from kmop_lifecycle.adapters.rulebook_ladders import LADDERS
from kmop_lifecycle.domain.calendar import Period
from kmop_lifecycle.domain.ladders import ANCHOR_NAMES
from kmop_lifecycle.domain.lifecycle import Role, State
from kmop_lifecycle.domain.rulebook import Kind, Mode, RuleBook, Service

SHIPPED = Path(__file__).parents[2] / "config" / "rulebook"
TODAY = date(2026, 3, 16)
EIGHT = frozenset(
    {
        "bedrijfsstrategie",
        "beroepsspecifieke competenties",
        "digitalisering",
        "duurzaamheid",
        "financiële geletterdheid",
        "innovatie",
        "internationalisering",
        "personeelsmanagement",
    }
)


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rulebook(SHIPPED)


def names(book: RuleBook, day: date) -> set[str]:
    return {bureau.name for bureau in book.bureaus.on(day).value}


@pytest.mark.parametrize(
    ("rule", "bounds", "modes"),
    [
        ("waiting", ("4w", "6w"), (Mode.BLOCK, Mode.ESCALATE)),
        ("lead_time", ("2m", "3m"), (Mode.WARN, Mode.ESCALATE)),
    ],
)
def test_the_windows_are_those_of_the_specification(book, rule, bounds, modes):
    window = getattr(book, rule).on(TODAY).value
    assert (str(window.min), str(window.max)) == bounds
    assert (window.min_mode, window.max_mode) == modes


@pytest.mark.parametrize(
    ("rule", "length", "mode"),
    [
        ("validity", "5y", Mode.BLOCK),
        ("starter_validity", "2y", Mode.BLOCK),
        ("follow_up_opens", "6m", Mode.BLOCK),
        ("declaration", "30d", Mode.WARN),
        ("lapse", "12m", Mode.BLOCK),
        ("corrective", "6m", Mode.BLOCK),
        ("condition", "12m", Mode.ESCALATE),
        ("suspension_review", "6m", Mode.ESCALATE),
        ("appeal_bureau", "30d", Mode.BLOCK),
        ("appeal_authority", "60d", Mode.BLOCK),
    ],
)
def test_the_terms_are_those_of_the_specification(book, rule, length, mode):
    term = getattr(book, rule).on(TODAY).value
    assert (str(term.length), term.mode) == (length, mode)


def test_a_starter_is_younger_than_three_years_and_has_fewer_than_twenty_files(book):
    starter = book.starter.on(TODAY).value
    assert (starter.active_less_than, starter.files_less_than) == (Period(3, "y"), 20)


@pytest.mark.parametrize(
    ("day", "cents"), [(date(2022, 12, 31), 15000), (date(2023, 1, 1), 19265), (TODAY, 19265)]
)
def test_an_hour_costs_what_it_did_on_that_day(book, day, cents):
    rate = book.rates.on(day).value
    assert (rate.cents, rate.vat_percent) == (cents, Decimal(21))


def test_the_time_grid_is_that_of_the_specification(book):
    grid = book.hours.on(TODAY).value
    assert {str(kind): hours for kind, hours in grid.base.items()} == {
        "basic": 16,
        "exemption": 12,
        "starter": 8,
        "follow_up": 8,
        "renewal": 16,
    }
    assert (grid.second_service, grid.extra_site, grid.extra_business_unit) == (2, 2, 2)
    assert [(step.above, step.hours) for step in grid.files] == [(20, 2), (100, 4), (500, 8)]
    assert grid.onsite_percent == 60


def test_the_bureaus_change_on_1_february_2024(book):
    both = {"BQA", "Brand Compliance", "Bureau Veritas", "DNV", "Kiwa", "Vinçotte"}
    assert names(book, date(2024, 1, 31)) == both | {"AB Qfor", "BCC"}
    assert names(book, date(2024, 2, 1)) == both | {"CertUp", "LRQA"}
    assert names(book, date(2029, 1, 31)) == both | {"CertUp", "LRQA"}


def test_certup_is_known_by_its_former_name(book):
    [certup] = [b for b in book.bureaus.on(TODAY).value if b.name == "CertUp"]
    assert certup.formerly == ("AB Qfor",)


def test_after_the_last_known_appointment_no_bureau_is_appointed(book):
    version = book.bureaus.on(date(2029, 2, 1))
    assert version.value == ()
    assert "no appointment known" in version.source


def test_before_2023_any_text_is_a_theme(book):
    services = book.themes.on(date(2022, 12, 31)).value.services
    assert services == {Service.TRAINING: None, Service.ADVICE: None}


def test_since_2023_there_are_eight_themes_for_both_services(book):
    for day in (date(2023, 1, 1), date(2026, 1, 31)):
        assert set(book.themes.on(day).value.services.values()) == {EIGHT}


def test_since_february_2026_advice_is_only_cybersecurity(book):
    themes = book.themes.on(date(2026, 2, 1)).value
    assert themes.services[Service.ADVICE] == {"cybersecurity"}
    assert themes.services[Service.TRAINING] == EIGHT
    assert themes.announced == {Service.ADVICE}


def test_cybersecurity_is_part_of_digitalisering(book):
    for day in (date(2023, 1, 1), date(2026, 2, 1)):
        assert book.themes.on(day).value.part_of == {"cybersecurity": "digitalisering"}


def test_the_norm_is_illustrative_and_has_twenty_indicators_under_five_requirements(book):
    norm = book.norm.on(TODAY).value
    assert norm.illustrative
    assert list(norm.requirements) == ["1", "2", "3", "4", "5"]
    codes = "A1 A2 A3 A4 A5 A6 E1 E2 E3 E4 E5 E6 T1 T2 T3 K1 K2 I1 I2 I3"
    assert " ".join(indicator.code for indicator in norm.indicators) == codes
    letters = {"A": 1, "E": 2, "T": 3, "K": 4, "I": 5}
    assert all(letters[i.code[0]] == i.requirement for i in norm.indicators)
    assert all(set(i.name) == {"nl", "fr", "en"} for i in norm.indicators)


def test_the_follow_up_scores_exactly_what_the_starter_need_not_show(book):
    norm = book.norm.on(TODAY).value
    codes = {indicator.code for indicator in norm.indicators}
    assert norm.exempt[Kind.STARTER] == {c for c in codes if c[0] in "ET"}
    assert norm.exempt[Kind.FOLLOW_UP] == codes - norm.exempt[Kind.STARTER]
    assert norm.exempt[Kind.EXEMPTION] == {"E3", "T1", "T2", "T3"}
    assert norm.exempt[Kind.BASIC] == norm.exempt[Kind.RENEWAL] == frozenset()


LONG = "-6m -4m -3m -2m -1m -14d -7d -1d +1d"
LEFT = "-3m -1m -14d -7d -1d"
LADDERS_AS_SPECIFIED = """
applied_on           | preparation | applied                               | +2w +25d +3m +6m +9m +11m | provider
visit_on             | visit       | prepared follow_up                    | -14d -3d | provider auditor
waiting_overdue_on   | waiting     | prepared                              | 0 ... +1w | bureau
lead_heads_up_on     | lead_time   | prepared onsite_audit office_audit    | heads_up | bureau
lead_overdue_on      | lead_time   | prepared onsite_audit office_audit    | 0 ... +1m | bureau
measures_due         | measures    | corrective_action follow_up           | -2m -1m -14d -3d | provider bureau
evidence_until       | evidence    | applied prepared                      | -30d -7d | provider
two_year_on          | follow_up   | certified follow_up suspended expired | LONG / LEFT | provider bureau:-3m authority:-14d
valid_until          | renewal     | certified suspended expired           | -12m LONG / LEFT | provider bureau:-3m
suspension_review_on | review      | suspended                             | 0 | authority
condition_due        | review      | certified follow_up suspended         | 0 | authority
"""  # noqa: E501 - a table; `...` repeats, after `/` is what remains once requested


@pytest.mark.parametrize("row", LADDERS_AS_SPECIFIED.strip().splitlines())
def test_the_ladders_are_those_of_the_specification(book, row):
    anchor, name, states, rungs, to = (cell.strip() for cell in row.split("|"))
    [ladder] = [ladder for ladder in book.ladders.on(TODAY).value if ladder.anchor == anchor]
    assert ladder.name == name
    assert ladder.states == {State(state) for state in states.split()}
    wanted = {Role(word.partition(":")[0]): word.partition(":")[2] for word in to.split()}
    assert {role: str(first or "") for role, first in ladder.to.items()} == wanted
    shown = " ".join(map(str, ladder.rungs))
    shown += f" ... {ladder.repeat}" if ladder.repeat else ""
    shown += f" / {' '.join(map(str, ladder.when_requested))}" if ladder.when_requested else ""
    assert shown == rungs.replace("LONG", LONG).replace("LEFT", LEFT)


def test_the_book_has_eleven_ladders_on_anchors_that_the_domain_knows(book):
    assert len(book.ladders.on(TODAY).value) == 11
    assert {anchor for anchors in LADDERS.values() for anchor in anchors} == ANCHOR_NAMES


def test_auditors_that_are_not_listed_are_taken_on_the_bureaus_word(book):
    listed = {auditor.name for auditor in book.auditors.on(TODAY).value}
    assert listed
    assert not listed & {"an", "bo", "cy", "dirk", "eva"}


def test_every_address_of_the_shipped_book_is_fictional(book):
    houses = [house for version in book.bureaus.versions for house in version.value]
    people = [person for version in book.auditors.versions for person in version.value]
    assert all(entry.email.endswith(".example") for entry in (*houses, *people))


def test_information_sessions_come_in_the_order_of_their_dates(book):
    days = [session.on for session in book.sessions.on(TODAY).value]
    assert days == sorted(days)
