"""Conditions on opening a case: the application and the adoption (specification §2, §5)."""

from __future__ import annotations

import re
from datetime import date

from kmop_lifecycle.domain.attempt import Attempt, known_as, refuse
from kmop_lifecycle.domain.case import Neighbour
from kmop_lifecycle.domain.contacts import contact_complete, ladder_names, one_each
from kmop_lifecycle.domain.errors import Code
from kmop_lifecycle.domain.identity import compact_enterprise
from kmop_lifecycle.domain.lifecycle import AUDITING, ENDED, RUNNING, State, Trigger
from kmop_lifecycle.domain.rulebook import Kind, RuleBook, Service, Themes

_NUMBER = {Service.TRAINING: re.compile(r"DV\.O\d{6}"), Service.ADVICE: re.compile(r"DV\.A\d{6}")}
_SUBMITTED = (Kind.BASIC, Kind.EXEMPTION, Kind.STARTER, Kind.RENEWAL)


def _allowed(theme: str, service: Service, themes: Themes) -> bool:
    listed = themes.services[service]
    return listed is None or theme in listed or themes.part_of.get(theme, "") in listed


def plain_theme(theme: str) -> str:
    """Write a theme as the rule book does."""
    return " ".join(theme.casefold().split())


def themes_allowed(attempt: Attempt) -> str | None:
    """At least one service, each with at least one theme, all allowed on that date."""
    themes = attempt.rules.themes.on(attempt.on).value
    services = attempt.application.services
    empty = [s for s, names in services.items() if not any(map(str.strip, names))]
    if not services or empty:
        raise refuse(
            Code.THEME_NOT_SUBSIDISABLE,
            f"data.services: {empty[0] if empty else 'no service'} has no theme",
            "name at least one service (training, advice) with at least one theme",
        )
    for service, names in services.items():
        for name in map(plain_theme, names):
            if not _allowed(name, service, themes):
                listed = ", ".join(sorted(themes.services[service] or ()))
                raise refuse(
                    Code.THEME_NOT_SUBSIDISABLE,
                    f"data.services.{service}: {name[:60]!r} is not subsidisable on {attempt.on}",
                    f"themes for {service} on that date: {listed}",
                )
    return "theme_ends" if _theme_ends(attempt) else None


def _theme_ends(attempt: Attempt) -> bool:
    """Tell whether an announced list, not yet in force, leaves out a theme applied for."""
    return any(
        version.start > attempt.on and not _allowed(plain_theme(name), service, version.value)
        for version in attempt.rules.themes.versions
        for service in version.value.announced
        for name in attempt.application.services.get(service, ())
    )


def not_a_bureau(attempt: Attempt) -> str | None:
    """An audit bureau can never be a provider."""
    asked = attempt.application
    digits = compact_enterprise(asked.enterprise_number)
    for version in attempt.rules.bureaus.versions:
        for bureau in version.value:
            if digits == bureau.enterprise_number or known_as(asked.name, bureau):
                raise refuse(
                    Code.APPLICANT_IS_BUREAU,
                    f"the applicant is the audit bureau {bureau.name}",
                    "an audit bureau cannot be registered as a provider",
                )
    return None


def _blocks(neighbour: Neighbour, attempt: Attempt) -> bool:
    """Tell whether another case stands in the way: a renewal goes beside what is registered."""
    asked = attempt.application
    if not neighbour.services & set(asked.services) or neighbour.state in ENDED:
        return False
    if neighbour.state is State.REJECTED:
        return False
    if asked.kind is Kind.RENEWAL:
        return neighbour.state in AUDITING or neighbour.renews == asked.renews
    return True


def no_duplicate(attempt: Attempt) -> str | None:
    """No open case for the same enterprise and service; a renewal never counts as one."""
    for neighbour in attempt.neighbours:
        if _blocks(neighbour, attempt):
            hint = "go on with that case, or withdraw it first"
            if neighbour.state in RUNNING:
                hint = f"to renew it, apply with kind renewal and renews: {neighbour.number}"
            raise refuse(
                Code.DUPLICATE_CASE,
                f"case {neighbour.number} of the same enterprise and service is {neighbour.state}",
                hint,
            )
    return None


def starter_limits(
    active_since: date | None, files: int, day: date, rules: RuleBook
) -> tuple[bool, str]:
    """Tell whether a firm counts as a starter on a day, and the limits in words."""
    limit = rules.starter.on(day).value
    young = active_since is not None and day < limit.active_less_than.after(active_since)
    words = f"active < {limit.active_less_than}, KMOP files < {limit.files_less_than}"
    return young and files < limit.files_less_than, words


def taken_kind(attempt: Attempt) -> tuple[Kind, str | None]:
    """Return the kind the case gets: who no longer is a starter is taken as basic."""
    asked = attempt.application
    if asked.kind is not Kind.STARTER:
        return asked.kind, None
    starter, _ = starter_limits(asked.active_since, asked.kmop_files, attempt.on, attempt.rules)
    return (Kind.STARTER, None) if starter else (Kind.BASIC, "kind_changed")


def _invalid(field: str, why: str, hint: str = "") -> Exception:
    return refuse(Code.INVALID_APPLICATION, f"data.{field} {why}", hint)


def _contact_complete(attempt: Attempt) -> None:
    asked, ladders = attempt.application, ladder_names(attempt.rules)
    if not asked.name or not asked.name.isprintable():
        raise _invalid("name", "is missing or has line breaks", "give one line of text")
    contact_complete(asked.contact, "data.contact", ladders)
    for n, contact in enumerate(asked.contacts, 1):
        contact_complete(contact, f"data.contacts.{n}", ladders)
    one_each((asked.contact, *asked.contacts), "data.contacts")


def _size_plausible(attempt: Attempt) -> None:
    asked = attempt.application
    if asked.sites < 1 or asked.business_units < 1:
        raise _invalid("sites or data.business_units", "is 0", "each firm has at least one")
    if asked.active_since is not None and asked.active_since > attempt.on:
        raise _invalid("active_since", f"{asked.active_since} is after {attempt.on}")


def _renewal_known(attempt: Attempt) -> None:
    asked = attempt.application
    if attempt.trigger is Trigger.ADOPT and not asked.renews:
        return  # what it renewed may be of before this system
    if asked.kind is not Kind.RENEWAL:
        if asked.renews:
            raise _invalid("renews", "is only for kind renewal", "leave it out, or change kind")
        return
    if attempt.old is None or attempt.old.registration is None:
        raise _invalid(
            "renews",
            f"{asked.renews[:20]!r} is not a registration of this enterprise",
            "give the number of the case to renew; adopt a registration of before this system",
        )


def application_complete(attempt: Attempt) -> str | None:
    """E-mail and names well-formed, sizes plausible, a renewal names what it renews."""
    if attempt.application.kind not in _SUBMITTED:
        raise _invalid(
            "kind", "follow_up is not applied for", "it opens by itself after two years"
        )
    _contact_complete(attempt)
    _size_plausible(attempt)
    _renewal_known(attempt)
    return taken_kind(attempt)[1]


def numbers_well_formed(numbers: dict[Service, str], services: object) -> None:
    """Refuse registration numbers of another form or for services not applied for."""
    for service, number in numbers.items():
        if not _NUMBER[service].fullmatch(number) or service not in services:  # type: ignore[operator]  # a container
            raise _invalid(
                f"numbers.{service}",
                f"{number[:20]!r} does not fit",
                "DV.O###### for training, DV.A###### for advice, for services of this case",
            )


def adoption_complete(attempt: Attempt) -> str | None:
    """What a registration of before this system must say of itself."""
    asked = attempt.data
    if not asked.services or asked.kind not in _SUBMITTED:
        raise _invalid("services or data.kind", "is missing or not adoptable")
    if asked.valid_from is None or asked.valid_until is None:
        raise _invalid("valid_from or data.valid_until", "is missing", "two dates, both inclusive")
    if not asked.valid_from <= asked.valid_until or asked.valid_from > attempt.on:
        raise _invalid("valid_from", f"{asked.valid_from} fits neither {asked.valid_until} nor "
                       f"{attempt.on}", "valid_from on or before both")  # fmt: skip
    _contact_complete(attempt)
    _size_plausible(attempt)
    _renewal_known(attempt)
    numbers_well_formed(dict(asked.numbers), asked.services)
    return None
