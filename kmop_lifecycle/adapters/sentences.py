"""Why a date is what it is, in one sentence of the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kmop_lifecycle.adapters.words import TEMPLATES, label, long_date, phrase, spoken, word, words
from kmop_lifecycle.domain.derive import Derived

_LENGTH = re.compile(r"[+-]?(\d{1,4})([dwmy])")

_OF_THE_BOOK = "en"  # the language in which the rule book says where a rule comes from
_MARK = re.compile(r"\[[A-Z](?:, ?[A-Z])*\] ?")  # [S], [D]: marks for who keeps the rule book


def explain(derived: Derived, language: str, where: Path = TEMPLATES) -> str:
    """Say which rule made this date out of which fact."""
    language = spoken(language)
    table = words("dates", language, where)
    length = length_in_words(derived.length, language, where)
    paused = _paused(derived, table, language, where)
    sentence = phrase(
        word(table, "sentence", _shape(derived, length)),
        name=_name(derived.name, table, language, where),
        result=long_date(derived.on, language),
        fact=_name(derived.fact, table, language, where),
        start=long_date(derived.start, language),
        length=length,
        paused=paused,
        extra=paused + _added(derived, table, language, where),
        rule=phrase(
            word(table, "sentence", "rule"),
            id=derived.rule,
            since=long_date(derived.rule_from, language),
            source=_source(derived.source, table, language),
        ),
    )
    return sentence[:1].upper() + sentence[1:]


def _source(text: str, table: Mapping[str, Any], language: str) -> str:
    """Say where a rule comes from: the rule book's own English words, or what its marks stand for.

    The rule book is written in English; a Dutch or French letter names the kind of source instead.
    """
    kinds = table.get("source", {})
    marks = dict.fromkeys(sign for found in _MARK.findall(text) for sign in found if sign in kinds)
    if not marks or language == _OF_THE_BOOK:
        return _MARK.sub("", text).strip()
    joint: str = word(table, "sentence", "and")
    return joint.join(kinds[mark] for mark in marks)


def date_name(name: str, language: str, where: Path = TEMPLATES) -> str:
    """Name a date as a title does."""
    text = _name(name, words("dates", language, where), spoken(language), where)
    return text[:1].upper() + text[1:]


def length_in_words(length: str, language: str, where: Path = TEMPLATES) -> str:
    """Write `4w` as `4 weken`; nothing for no length at all."""
    match = _LENGTH.fullmatch(length)
    if match is None or int(match[1]) == 0:
        return ""
    one, several = word(words("dates", language, where), "unit", match[2])
    return f"{int(match[1])} {one if int(match[1]) == 1 else several}"


def _shape(derived: Derived, length: str) -> str:
    """Choose the sentence: counted forwards, backwards, the day after, or simply so."""
    if length:
        return "before" if derived.length.startswith("-") else "after"
    if derived.plus_days == 1:
        return "next_day"
    return "given" if derived.name == derived.fact else "same_day"


def _paused(derived: Derived, table: Mapping[str, Any], language: str, where: Path) -> str:
    if not derived.paused_days:
        return ""
    days = length_in_words(f"{derived.paused_days}d", language, where)
    return phrase(word(table, "sentence", "paused"), days=days)


def _added(derived: Derived, table: Mapping[str, Any], language: str, where: Path) -> str:
    if not derived.plus_days:
        return ""
    if derived.plus_days == 1:
        return str(word(table, "sentence", "day_after"))
    which = "more" if derived.plus_days > 0 else "less"
    days = length_in_words(f"{abs(derived.plus_days)}d", language, where)
    return phrase(word(table, "sentence", which), days=days)


def _name(name: str, table: Mapping[str, Any], language: str, where: Path) -> str:
    """Name a date or a fact; `follow_up:-3m` is a reminder."""
    ladder, colon, rung = name.partition(":")
    if not colon:
        return str(word(table, "name", name))
    return phrase(
        word(table, "sentence", "reminder"),
        rung=rung,
        ladder=label("ladder", ladder, language, where),
    )
