"""A folder of backups: each named after its moment, the oldest taken away."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from kmop_lifecycle.domain.errors import BadInput

_NAMED = re.compile(r"kmop-\d{4}-\d\d-\d\dT\d{6}Z\.kmop")


def place_in(folder: Path, now: datetime) -> Path:
    """Return where a backup of this moment goes; in order of name is in order of time."""
    return folder / f"kmop-{now.astimezone(UTC):%Y-%m-%dT%H%M%SZ}.kmop"


def keep_newest(folder: Path, count: int) -> list[Path]:
    """Take the others of this folder's backups away and return them; no other file is touched."""
    try:
        found = sorted(file for file in folder.iterdir() if _NAMED.fullmatch(file.name))
        for file in (old := found[:-count]):
            file.unlink()
    except OSError as error:
        raise BadInput(
            f"the backup is made, but an older one in {folder} stays: {error.strerror}",
            hint="remove it by hand, or give this user the right to",
        ) from None
    return old
