"""Where things are in the UI: stable addresses, the same in every description and page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import UUID

from kmop_lifecycle.domain.lifecycle import Trigger

BOARDS = ("today", "pipeline", "calendar", "deliveries")
LANGUAGES = ("nl", "en")


def page(key: str) -> str:
    """Return the address of the page under a key, on whatever host the UI is open."""
    return f"/v2/artifacts/key/{key}"


LINKS = "**Boards**: " + " · ".join(
    [f"[{board}]({page(f'{board}-en')}) ([nl]({page(f'{board}-nl')}))" for board in BOARDS]
    + [f"[lifecycle]({page('lifecycle')})", f"[history]({page('history')})"]
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """What a page in one language may link to."""

    language: str
    forms: Mapping[str, UUID] = field(default_factory=dict)  # deployments by name
    shelf: Mapping[str, UUID] = field(default_factory=dict)  # pages by key, as far as known

    def board(self, name: str) -> str:
        """Return the address of a board."""
        return self._page(f"{name}-{self.language}")

    def case(self, number: str) -> str:
        """Return the address of a case page."""
        return self._page(case_key(number, self.language))

    def form(self, trigger: Trigger, case: str) -> str:
        """Return the address of a step's form with the case filled in; empty if it has none."""
        return self.filled_in(str(trigger), {"case": case})

    def filled_in(self, name: str, parameters: Mapping[str, str]) -> str:
        """Return the address of a form with something filled in already."""
        if name not in self.forms:
            return ""
        given = quote(json.dumps(parameters))
        return f"/v2/deployments/deployment/{self.forms[name]}/run?parameters={given}"

    def _page(self, key: str) -> str:
        known = self.shelf.get(key)
        return f"/v2/artifacts/artifact/{known}" if known else page(key)


def case_key(number: str, language: str) -> str:
    """Return the key of a case page."""
    return f"case-{number}-{language}"
