"""The people a provider is written to: when they are complete, and how they are changed.

A place counts from 1, the main contact. No message and no record tells a personal value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from email_validator import EmailNotValidError, validate_email

from kmop_lifecycle.domain.attempt import refuse
from kmop_lifecycle.domain.case import Contact, Party
from kmop_lifecycle.domain.errors import BadInput, Code
from kmop_lifecycle.domain.rulebook import RuleBook

LANGUAGES = ("nl", "fr", "en")
_MOST = 20  # people, and channels of one: each is a row or a try for every notice
People = tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """The people after a change, and what kind of change it was; empty: none."""

    people: People
    what: str


def ladder_names(rules: RuleBook) -> frozenset[str]:
    """Return what can be switched off: every ladder of the rule book, and the step notices."""
    listed = (ladder.name for version in rules.ladders.versions for ladder in version.value)
    return frozenset({"step", *listed})


def contact_complete(contact: Contact, where: str, ladders: Collection[str]) -> None:
    """Refuse a person who cannot be written to as asked; no message tells a value."""

    def invalid(field: str, why: str, hint: str) -> Exception:
        return refuse(Code.INVALID_APPLICATION, f"{where}.{field} {why}", hint)

    if not contact.name or not contact.name.isprintable():
        raise invalid("name", "is missing or has line breaks", "give one line of text")
    try:
        validate_email(
            contact.email, check_deliverability=False, test_environment=True
        )  # special-use domains such as .example are for trials
    except EmailNotValidError:
        raise invalid("email", "is not an e-mail address", "name@domain") from None
    if contact.language not in LANGUAGES:
        raise invalid("language", "is not known", f"one of {', '.join(LANGUAGES)}")
    for n, channel in enumerate(contact.channels, 1):
        if "://" not in channel or not channel.isprintable():
            raise invalid(f"channels.{n}", "is not a channel", "such as slack://…")
    if not set(contact.muted) <= set(ladders):
        raise invalid("muted", "names no ladder", f"of {', '.join(sorted(ladders))}")


def one_each(people: People, where: str) -> None:
    """Refuse two people at one address: nobody is written to twice."""
    addresses = [person.email.casefold() for person in people]
    if len(set(addresses)) < len(addresses):
        raise refuse(
            Code.INVALID_APPLICATION,
            f"{where}: two contacts have the same e-mail address",
            "one person, one address",
        )
    if len(people) > _MOST:
        raise refuse(Code.INVALID_APPLICATION, f"{where}: more than {_MOST} contacts", "keep few")


def people_of(party: Party) -> People:
    """Return everybody, the main contact first."""
    return (party.contact, *party.contacts)


def with_people(party: Party, people: People) -> Party:
    """Return the provider with these people."""
    return replace(party, contact=people[0], contacts=people[1:])


def renewed(old: Party | None, new: Party) -> Party:
    """Return what a new application makes of a known provider.

    Who is named anew keeps what he switched off; who is not named stays, unless others are.
    """
    if old is None:
        return new
    wishes = {person.email.casefold(): person.muted for person in people_of(old)}
    named = tuple(
        replace(person, muted=person.muted or wishes.get(person.email.casefold(), ()))
        for person in people_of(new)
    )
    if new.contacts:
        return with_people(new, named)
    main = named[0].email.casefold()
    stayed = tuple(person for person in old.contacts if person.email.casefold() != main)
    return with_people(new, (*named, *stayed))


def added(people: People, person: Contact) -> Edited:
    """Add a person at the end."""
    return Edited((*people, person), f"added contact {len(people) + 1}")


def removed(people: People, place: int) -> Edited:
    """Take a person away; the main contact can only be changed."""
    _at(people, place)
    if place == 1:
        raise BadInput("contact 1 is the main contact", hint="change it: kmop contact change")
    return Edited((*people[: place - 1], *people[place:]), f"removed contact {place}")


def changed(
    people: People,
    place: int,
    fields: Mapping[str, Any],
    *,
    drop: Collection[int] = (),
    add: Collection[str] = (),
) -> Edited:
    """Give a person other values; a channel keeps its number, an empty place is taken again."""
    person = _at(people, place)
    new = replace(person, **fields)
    new = replace(new, channels=_channels(new.channels, drop, add))
    differing = [name for name in _NAMES if getattr(new, name) != getattr(person, name)]
    what = f"changed contact {place}: {', '.join(differing)}" if differing else ""
    return Edited(_put(people, place, new), what)


_NAMES = ("name", "email", "language", "role", "channels")


def switched(people: People, place: int, ladders: Collection[str], *, off: bool) -> Edited:
    """Switch ladders off for a person, or on again."""
    person = _at(people, place)
    wanted = set(person.muted) | set(ladders) if off else set(person.muted) - set(ladders)
    differing = sorted(wanted ^ set(person.muted))
    verb = "muted" if off else "unmuted"
    what = f"{verb} for contact {place}: {', '.join(differing)}" if differing else ""
    return Edited(_put(people, place, replace(person, muted=tuple(sorted(wanted)))), what)


def checked(edited: Edited, ladders: Collection[str]) -> Edited:
    """Refuse a change that leaves somebody incomplete, or two people at one address."""
    for n, person in enumerate(edited.people, 1):
        kept = replace(person, channels=tuple(filter(None, person.channels)))
        contact_complete(kept, f"contact {n}", ladders)
        if len(person.channels) > _MOST:
            hint = "drop one first"
            raise refuse(Code.INVALID_APPLICATION, f"contact {n} has too many channels", hint)
    one_each(edited.people, "contacts")
    return edited


def _at(people: People, place: int) -> Contact:
    if not 1 <= place <= len(people):
        raise BadInput(f"there is no contact {place}", hint=f"1 to {len(people)}")
    return people[place - 1]


def _put(people: People, place: int, person: Contact) -> People:
    return (*people[: place - 1], person, *people[place:])


def _channels(
    now: tuple[str, ...], drop: Collection[int], add: Collection[str]
) -> tuple[str, ...]:
    places = list(now)
    for n in drop:
        if not 1 <= n <= len(places) or not places[n - 1]:
            raise BadInput(f"there is no channel {n}", hint="see: kmop contact list")
        places[n - 1] = ""
    for channel in add:
        if "" in places:
            places[places.index("")] = channel
        else:
            places.append(channel)
    return tuple(places)
