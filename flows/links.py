"""Where the pages are: stable addresses, the same in every description and on every page."""

from __future__ import annotations

BOARDS = ("today", "pipeline", "calendar", "deliveries")
LANGUAGES = ("nl", "en")


def page(key: str) -> str:
    """Return the address of the newest page under a key, on whatever host the UI is open."""
    return f"/v2/artifacts/key/{key}"


LINKS = "Boards: " + " · ".join(
    [f"[{board}]({page(f'{board}-en')}) ([nl]({page(f'{board}-nl')}))" for board in BOARDS]
    + [f"[lifecycle]({page('lifecycle')})", f"[history]({page('history')})"]
)
