"""Every date can say why it is what it is, in three languages."""

from __future__ import annotations

import string
from datetime import date
from pathlib import Path

import pytest

from kmop_lifecycle.adapters.sentences import explain, length_in_words
from kmop_lifecycle.adapters.words import LANGUAGES, TEMPLATES, label, long_date, words
from kmop_lifecycle.domain.clocks import DATES
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.errors import ConfigurationError
from kmop_lifecycle.domain.lifecycle import Role, State, Trigger
from kmop_lifecycle.domain.rulebook import Kind, Service

FACTS = (
    "applied_on", "valid_from", "valid_until", "two_year_on", "suspended_on", "decided_on",
    "rejected_on", "verdict_on", "measures_due", "evidence_until", "visit_on", "old_valid_until",
)  # fmt: skip

SENTENCES = {
    "nl": """
        De laatste dag voor de audit ter plaatse is 26 februari 2026: 6 weken na de aanvraag
        (5 januari 2026), plus 10 dagen pauze; regel waiting, versie van 1 januari 2023,
        bron: de tekst van de regeling en het beleid van de beheerder.""",
    "fr": """
        Le dernier jour pour l\u2019audit sur place : le 26 février 2026, soit 6 semaines après
        la demande (5 janvier 2026), plus 10 jours de pause ; règle waiting, version du
        1er janvier 2023, source : le texte du régime et la politique du gestionnaire.""",
    "en": """
        The last day for the on-site audit is 26 February 2026: 6 weeks after the application
        (5 January 2026), plus 10 days of pause; rule waiting, version of 1 January 2023,
        source: waiting time 4 to 6 weeks.""",
}
SENTENCES = {language: " ".join(text.split()) for language, text in SENTENCES.items()}


def derived(**changes: object) -> Derived:
    fields: dict[str, object] = {
        "name": "visit_until",
        "on": date(2026, 2, 26),
        "fact": "applied_on",
        "start": date(2026, 1, 5),
        "rule": "waiting",
        "rule_from": date(2023, 1, 1),
        "source": "[S, D] waiting time 4 to 6 weeks",
        "length": "6w",
        "paused_days": 10,
    }
    return Derived(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_names_fact_length_pause_rule_version_and_source(language: str) -> None:
    assert explain(derived(), language) == SENTENCES[language]


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"plus_days": 1, "paused_days": 0}, "(5 January 2026), and then the day after; rule"),
        ({"plus_days": 3, "paused_days": 1}, ", plus 1 day of pause, plus 3 days; rule"),
        ({"plus_days": -2, "paused_days": 0}, ", minus 2 days; rule"),
        (
            {"length": "-6m", "paused_days": 0},
            ": 6 months before the application (5 January 2026)",
        ),
        ({"length": "0d", "plus_days": 1, "paused_days": 0}, ": the day after the application"),
        ({"length": "0d", "paused_days": 0}, ", the same day as the application; rule"),
        ({"length": "", "fact": "visit_until", "paused_days": 0}, ", as it stands in the case;"),
        ({"name": "follow_up:-3m"}, "The reminder -3m (follow-up audit) is 26 February 2026"),
    ],
)
def test_the_way_of_counting_is_said(changes: dict[str, object], part: str) -> None:
    assert part in explain(derived(**changes), "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_date_and_every_fact_has_words_in_every_language(language: str) -> None:
    names = words("dates", language)["name"]
    assert {*DATES, *FACTS} <= set(names)
    assert set(names) == set(words("dates", "nl")["name"])
    for name in names:
        for fact in names:
            assert explain(derived(name=name, fact=fact), language).endswith(".")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_role_kind_service_and_trigger_has_a_name(language: str) -> None:
    for kind, keys in (
        ("state", State),
        ("role", Role),
        ("kind", Kind),
        ("service", Service),
        ("trigger", Trigger),
    ):
        table = words("labels", language)[kind]
        assert set(table) == {str(key) for key in keys}
        assert all(label(kind, key, language).strip() for key in keys)


@pytest.mark.parametrize("file", ["dates", "labels", "notices"])
def test_the_three_languages_have_the_same_words_with_the_same_blanks(file: str) -> None:
    nl, fr, en = (blanks(words(file, language)) for language in LANGUAGES)
    assert nl == fr == en


def blanks(table: object, path: str = "") -> dict[str, frozenset[str]]:
    if isinstance(table, dict):
        found: dict[str, frozenset[str]] = {}
        for key, value in table.items():
            found |= blanks(value, f"{path}.{key}")
        return found
    text = table if isinstance(table, str) else " ".join(table)  # type: ignore[arg-type]
    assert text.strip(), path
    inside = text.replace("{%", "{{").replace("%}", "}}").split("{{")[1:]
    wanted = {part.split("}}")[0].strip() for part in inside}
    return {path: frozenset(w for w in wanted if set(w) <= {*string.ascii_lowercase, "_"})}


def test_a_missing_word_is_an_error_and_names_itself() -> None:
    with pytest.raises(ConfigurationError, match=r"name\.nonsense_on"):
        explain(derived(name="nonsense_on"), "nl")
    with pytest.raises(ConfigurationError, match=r"state\.nonsense"):
        label("state", "nonsense", "fr")


def test_missing_words_of_a_language_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"labels\.toml"):
        label("state", "applied", "nl", tmp_path)


def test_who_asks_for_another_language_is_answered_in_dutch() -> None:
    assert label("state", "applied", "xx") == "aangevraagd"
    assert explain(derived(), "").startswith("De laatste dag")


@pytest.mark.parametrize(
    ("length", "said"),
    [
        ("4w", ("4 weken", "4 semaines", "4 weeks")),
        ("1m", ("1 maand", "1 mois", "1 month")),
        ("5y", ("5 jaar", "5 ans", "5 years")),
        ("-30d", ("30 dagen", "30 jours", "30 days")),
        ("heads_up", ("", "", "")),
    ],
)
def test_lengths_are_said_in_words(length: str, said: tuple[str, str, str]) -> None:
    assert tuple(length_in_words(length, language) for language in LANGUAGES) == said


def test_the_first_of_a_month_is_written_as_french_writes_it() -> None:
    assert long_date(date(2028, 3, 1), "fr") == "1er mars 2028"
    assert long_date(date(2028, 3, 11), "fr") == "11 mars 2028"
    assert long_date(date(2028, 3, 16), "nl") == "16 maart 2028"


def test_what_stands_in_a_source_stays_text() -> None:
    assert "{{ 7*7 }}" in explain(derived(source="{{ 7*7 }}"), "en")


def test_every_language_has_a_folder_and_no_folder_lacks_a_language() -> None:
    assert {path.name for path in TEMPLATES.iterdir() if path.is_dir()} == set(LANGUAGES)
