"""Providers' personal side in the database, beside it the record of its changes."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select

from kmop_lifecycle.adapters.store.dialects import InsertNewest
from kmop_lifecycle.adapters.store.prepared import Prepared
from kmop_lifecycle.adapters.store.rows import party_from_row, party_to_row
from kmop_lifecycle.adapters.store.tables import PARTY, PARTY_CHANGE
from kmop_lifecycle.adapters.store.transaction import Transaction
from kmop_lifecycle.domain.case import Party
from kmop_lifecycle.service.ports import PartyChange

_NEWEST = Prepared(InsertNewest(PARTY))
_FACTS = Prepared(select(PARTY.c.facts).where(PARTY.c.enterprise == bindparam("enterprise")))
_CHANGE = insert(PARTY_CHANGE)
_CHANGES = (
    select(PARTY_CHANGE)
    .where(PARTY_CHANGE.c.enterprise == bindparam("enterprise"))
    .order_by(PARTY_CHANGE.c.seq)
)


class Parties(Transaction):
    """The people's side of a unit of work."""

    def party(self, enterprise: str) -> Party | None:
        """Return the personal side of a provider."""
        rows = self._do(_FACTS, {"enterprise": enterprise}).rows
        return party_from_row(rows[0].facts) if rows else None

    def change_party(self, party: Party, change: PartyChange) -> None:
        """Replace a provider's personal side and record that."""
        self._run(
            _CHANGE,
            {
                "enterprise": party.enterprise,
                "seq": change.seq,
                "at": change.at,
                "actor": change.actor,
                "what": change.what,
            },
        )
        self._keep(party)

    def party_changes(self, enterprise: str) -> list[PartyChange]:
        """Return who changed a provider's contacts, oldest first."""
        rows = self._run(_CHANGES, {"enterprise": enterprise})
        return [PartyChange(row.seq, row.at, row.actor, row.what) for row in rows]

    def _keep(self, party: Party) -> None:
        self._do(_NEWEST, party_to_row(party))
