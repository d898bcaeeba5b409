"""Who reads a notice: the addresses of its role as they are now, the best one first.

A wish is kept as long as somebody else reads: it never silences the last reader, nor what a
provider has to know whatever he wishes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kmop_lifecycle.domain.case import Case, Concern, Contact, Notice, Party
from kmop_lifecycle.domain.lifecycle import Role, Trigger
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import Recipient

_EMAIL = "email"
_ENDED = "+1d"
_GRAVE = frozenset(
    {
        Trigger.REGISTER, Trigger.REFUSE, Trigger.EXPIRE, Trigger.SUSPEND, Trigger.REVOKE,
        Trigger.MEASURES_LAPSED, Trigger.LAPSE,
    }
)  # fmt: skip


def recipients(house: House, notice: Notice, party: Party | None) -> list[Recipient]:
    """Return where a notice may go, best first: the others are for when an address is dead."""
    if notice.role is not Role.PROVIDER:
        known = house.postbook.address(notice.recipient)
        return [known] if known else []
    if party is None or not party.contact.email:
        return []
    if notice.channel == _EMAIL:
        return _one_each(_mailboxes(notice, _readers(party)))
    address = _channel(notice, party.contact)
    if not address or unwanted(notice, party.contact):
        return []
    return [Recipient(address, party.contact.language, party.contact.name)]


def reader(notice: Notice, case: Case) -> str:
    """Return whose addresses a notice goes to: `provider:0566988259`, `bureau:DNV`; no person."""
    return f"provider:{case.enterprise}" if notice.role is Role.PROVIDER else notice.recipient


def nobody(notice: Notice, party: Party | None) -> str:
    """Say why a notice has nobody to go to by wish, not by fault; empty when it is a fault."""
    if notice.role is not Role.PROVIDER or notice.channel == _EMAIL or party is None:
        return ""
    if not _channel(notice, party.contact):
        return "channel removed"
    return "switched off" if unwanted(notice, party.contact) else ""


def unwanted(notice: Notice, reader: Contact) -> bool:
    """Tell whether a reader switched this notice off, and may."""
    return notice.ladder in reader.muted and not grave(notice)


def grave(notice: Notice) -> bool:
    """Tell whether a notice is one that its reader has to know, whatever he wishes."""
    if notice.ladder == "step":
        return notice.rung in _GRAVE
    return notice.rung == _ENDED and notice.ladder in ("follow_up", "renewal")


def _readers(party: Party) -> list[Contact]:
    """Return the main contact and the others; finance comes last: no notice is about money."""
    others = sorted(party.contacts, key=lambda person: person.role is Concern.FINANCE)
    return [party.contact, *(person for person in others if person.email)]


def _mailboxes(notice: Notice, readers: Sequence[Contact]) -> Iterable[Recipient]:
    """Yield everybody's address: who does not want it stands behind all who do."""
    willing = [person for person in readers if not unwanted(notice, person)]
    others = [person for person in readers if unwanted(notice, person)]
    for some in (willing, others):
        for person in some:
            yield Recipient(person.email, person.language, person.name)
        # Further people have no rows of their own: their channels are for when all mail is dead.
        for person in some:
            for address in person.channels if person is not readers[0] else ():
                yield Recipient(address, person.language, person.name)


def _one_each(found: Iterable[Recipient]) -> list[Recipient]:
    first: dict[str, Recipient] = {}
    for reader in found:
        link = "://" in reader.address
        if reader.address:
            first.setdefault(reader.address if link else reader.address.casefold(), reader)
    return list(first.values())


def _channel(notice: Notice, main: Contact) -> str:
    """Return the address of a channel's number; empty where it was taken away."""
    number = notice.channel.removeprefix("channel:")
    known = dict(enumerate(main.channels, 1))
    return known.get(int(number), "") if number.isdecimal() else ""
