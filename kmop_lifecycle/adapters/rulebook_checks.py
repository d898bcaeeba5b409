"""Finds rules that are each well-formed but impossible together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from typing import TypeVar

from kmop_lifecycle.domain.calendar import Period, Rung
from kmop_lifecycle.domain.rulebook import Rule, RuleBook, Service, Version

V = TypeVar("V")
W = TypeVar("W")
Pair = tuple[Version[V], Version[W]]
_BEGINS = date(2024, 1, 1)  # any day: lengths are compared by where they end
# What lies before an anchor date, so that no reminder may come earlier than it begins.
_BEFORE = {
    "valid_until": "validity",
    "two_year_on": "starter_validity",
    "measures_due": "corrective",
}


def impossible(book: RuleBook, files: Mapping[str, str]) -> list[str]:
    """Return one line per contradiction."""
    return [*_early_reminders(book, files), *_early_follow_up(book, files), *_names(book, files)]


def _together(one: Rule[V], other: Rule[W]) -> Iterator[Pair[V, W]]:
    """Pair the versions that hold on some day both."""
    for a, b in product(one.versions, other.versions):
        if a.start <= (b.until or date.max) and b.start <= (a.until or date.max):
            yield a, b


def _early_reminders(book: RuleBook, files: Mapping[str, str]) -> Iterator[str]:
    """Name the reminders that would be due before what they remind of has begun."""
    place = f"{files['ladders']}: ladders"
    for version in book.ladders.versions:
        for ladder in version.value:
            first = ladder.rungs[0]
            if ladder.anchor == "applied_on" and first.on(_BEGINS) < _BEGINS:
                yield (
                    f"{place} from {version.start}: ladder {ladder.name} rungs = '{first}': comes "
                    "before the application: write a rung with +"
                )
    for anchor, name in _BEFORE.items():
        rule = getattr(book, name)
        for version, term in _together(book.ladders, rule):
            for ladder in version.value:
                if ladder.anchor == anchor and _too_early(ladder.rungs[0], term.value.length):
                    yield (
                        f"{place} from {version.start}: ladder {ladder.name} rungs = "
                        f"'{ladder.rungs[0]}': comes before the {name} of {term.value.length} "
                        "begins: write a rung nearer to the end"
                    )


def _too_early(rung: Rung, length: Period) -> bool:
    """Whether a rung falls before the time that ends on its anchor begins."""
    return rung.on(length.after(_BEGINS)) < _BEGINS


def _early_follow_up(book: RuleBook, files: Mapping[str, str]) -> Iterator[str]:
    """Name a follow-up that would open before the starter's registration begins."""
    for opens, term in _together(book.follow_up_opens, book.starter_validity):
        if opens.value.length.after(_BEGINS) >= term.value.length.after(_BEGINS):
            yield (
                f"{files['follow_up_opens']}: follow_up_opens from {opens.start}: length = "
                f"'{opens.value.length}': not shorter than the starter_validity of "
                f"{term.value.length}: write a shorter one"
            )


def _names(book: RuleBook, files: Mapping[str, str]) -> Iterator[str]:
    """Name own rates of bureaus that are not appointed, and announcements of nothing."""
    houses = {
        name for v in book.bureaus.versions for b in v.value for name in (b.name, *b.formerly)
    }
    for rate in book.rates.versions:
        for bureau in sorted(set(rate.value.bureaus) - houses):
            yield (
                f"{files['rates']}: rates from {rate.start}: bureaus {bureau}: is in no list of "
                "bureaus: write the name as it stands there"
            )
    for themes in book.themes.versions:
        for service in sorted(themes.value.announced):
            if themes.value.services[Service(service)] is None:
                yield (
                    f"{files['themes']}: themes from {themes.start}: announced = '{service}': "
                    "admits any theme, so there is nothing to announce: take it out"
                )
