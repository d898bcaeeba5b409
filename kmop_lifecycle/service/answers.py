"""What a command came to, and how the same command is known again by its key."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from kmop_lifecycle.domain.attempt import Command
from kmop_lifecycle.domain.case import Change
from kmop_lifecycle.domain.errors import KeyReused
from kmop_lifecycle.domain.facts import plain
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.service.openings import Answer

_JSON = json.JSONEncoder(sort_keys=True, default=str)  # one for all commands


@dataclass(frozen=True, slots=True)
class Answered:
    """What a command came to."""

    case: str
    trigger: Trigger
    state: State
    version: int
    warnings: tuple[str, ...] = ()
    repeated: bool = False  # the same key was answered before; nothing new was written
    dry_run: bool = False

    @classmethod
    def by(cls, change: Change, command: Command) -> Answered:
        """Return what a command came to that made this change."""
        return cls(
            case=change.after.number,
            trigger=command.trigger,
            state=change.after.state,
            version=change.after.version,
            warnings=change.event.warnings,
            dry_run=command.dry_run,
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "case": self.case,
            "trigger": str(self.trigger),
            "state": str(self.state),
            "version": self.version,
            "warnings": list(self.warnings),
            "repeated": self.repeated,
            "dry_run": self.dry_run,
        }


def again(key: str, kept: Answer, request: str) -> Answered:
    """Answer as before; KeyReused when the key stood for another command."""
    if kept.request != request:
        raise KeyReused(f"key {key[:60]!r} was used for another command", hint="choose a new key")
    body = kept.body
    return Answered(
        case=body["case"],
        trigger=Trigger(body["trigger"]),
        state=State(body["state"]),
        version=body["version"],
        warnings=tuple(body["warnings"]),
        repeated=True,
    )


def fingerprint(command: Command) -> str:
    """Hash what is asked; not when, so that a retry on the next day is the same command."""
    return digest([str(command.trigger), str(command.by), command.case or "", plain(command.data)])


def digest(content: object) -> str:
    """Hash JSON values; anything else in them counts by what it is called."""
    return hashlib.sha256(_JSON.encode(content).encode()).hexdigest()
