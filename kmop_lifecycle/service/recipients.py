"""Who reads a notice: the addresses of its role as they are now, the first one first."""

from __future__ import annotations

from kmop_lifecycle.domain.case import Notice, Party
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import Recipient


def recipients(house: House, notice: Notice, party: Party | None) -> list[Recipient]:
    """Return where a notice may go, best first: the others are for when an address is dead."""
    if notice.role is not Role.PROVIDER:
        known = house.postbook.address(notice.recipient)
        return [known] if known else []
    if party is None or not party.contact.email:
        return []
    contact = party.contact
    if notice.channel == "email":
        return [Recipient(contact.email, contact.language, contact.name)]
    place = int(notice.channel.removeprefix("channel:")) - 1
    if place >= len(contact.channels):
        return []
    return [Recipient(contact.channels[place], contact.language, contact.name)]
