"""Who may enter a cluster: one login for the UI, the API and the workers, kept in a file."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from kmop_lifecycle.domain.errors import ConfigurationError

_USER = "office"
_BYTES = 24  # of chance in the password


def file(state: Path) -> Path:
    """Return where a cluster keeps its login: a file that only its owner reads."""
    return state / "login"


def login(state: Path) -> str:
    """Return `user:password`; the first time a password is drawn and written down."""
    place = file(state)
    try:
        state.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            _draw(place)
        found = place.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(
            f"the cluster cannot keep its things in {state}: {error.strerror}",
            hint="name another folder with --state",
        ) from None
    if not all(found.partition(":")):
        raise ConfigurationError(
            f"there is no login in {place}", hint="write USER:PASSWORD into it, or remove it"
        )
    return found


def _draw(place: Path) -> None:
    """Write a login where there is none, whole or not at all."""
    new = place.with_name(f"login.{os.getpid()}")
    opened = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as out:
        out.write(f"{_USER}:{secrets.token_urlsafe(_BYTES)}\n")
    new.replace(place)
