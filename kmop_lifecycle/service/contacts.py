"""The people a provider is written to: looked up, and changed on record in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kmop_lifecycle.domain.case import Actor, Party
from kmop_lifecycle.domain.contacts import (
    Edited,
    People,
    checked,
    ladder_names,
    people_of,
    with_people,
)
from kmop_lifecycle.domain.errors import BadInput, ChangedMeanwhile, Code, NotFound, Refused
from kmop_lifecycle.domain.identity import compact_enterprise
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import PartyChange, UnitOfWork

Edit = Callable[[People], Edited]
_MAY = (Role.PROVIDER, Role.BUREAU, Role.ADMIN)  # who may open a case may say who is written to


@dataclass(frozen=True, slots=True)
class Listed:
    """A provider's people, the main contact first, and what was changed about them."""

    enterprise: str
    people: People
    changes: list[PartyChange]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a change came to; it tells no personal value."""

    enterprise: str
    what: str  # empty: everything was so already, nothing was written
    alone: bool  # whether the main contact is the only one
    dry_run: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "enterprise": self.enterprise,
            "changed": bool(self.what),
            "what": self.what,
            "dry_run": self.dry_run,
        }


def look_up(house: House, provider: str) -> Listed:
    """Return a provider's people, found by enterprise number or by the number of a case."""
    enterprise = _enterprise(house, provider)
    with house.store(reading=True) as uow:
        party = _party(uow, enterprise)
        return Listed(party.enterprise, people_of(party), uow.party_changes(party.enterprise))


def change(
    house: House,
    provider: str,
    by: Actor,
    edit: Edit,
    *,
    seen: int | None = None,
    dry_run: bool = False,
) -> Recorded:
    """Change a provider's people, and write down who did it, when, and what kind of change it was.

    With `seen`, the number of the last change that the asker knows of, somebody else's change in
    the meantime is an error: places may have moved.
    """
    if by.role not in _MAY:
        hint = f"this is for {', '.join(_MAY)}"
        raise Refused(Code.ROLE_NOT_ALLOWED, f"{by.role} may not change contacts", hint=hint)
    enterprise = _enterprise(house, provider)
    with house.store() as uow:
        uow.neighbours(enterprise)  # who changes the same provider, or applies for it, waits
        party = _party(uow, enterprise)
        last = max((one.seq for one in uow.party_changes(party.enterprise)), default=0)
        if seen is not None and seen != last:
            hint = "list the contacts again"
            raise ChangedMeanwhile(f"the last change is {last}, not {seen}", hint=hint)
        edited = checked(edit(people_of(party)), ladder_names(house.rules))
        if edited.what and not dry_run:
            on_record = PartyChange(last + 1, house.clock.now(), str(by), edited.what)
            uow.change_party(with_people(party, edited.people), on_record)
            uow.commit()
    return Recorded(party.enterprise, edited.what, len(edited.people) == 1, dry_run)


def _party(uow: UnitOfWork, enterprise: str) -> Party:
    party = uow.party(enterprise)
    if party is None:
        raise NotFound(f"there is no provider {enterprise}", hint="it has not applied yet")
    return party


def _enterprise(house: House, provider: str) -> str:
    """Read whose contacts are meant; no lock, as a case keeps its firm."""
    try:
        return compact_enterprise(provider)
    except ValueError:
        pass
    if "-" not in provider:
        raise BadInput(
            f"{provider[:30]!r} is neither an enterprise number nor a case number",
            hint="such as 0566.988.259, or 2026-000001",
        )
    with house.store(reading=True) as uow:
        return uow.get(provider).enterprise
