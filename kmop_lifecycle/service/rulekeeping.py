"""Keep the rule book on record: a rule that running cases keep is never changed in silence."""

from __future__ import annotations

from collections.abc import Mapping

from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import BadInput, ConfigurationError
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.domain.rulekeeping import GONE, changed, digests
from kmop_lifecycle.service.ports import Clock, OpenUnitOfWork

_MARK = "rule:"  # before `rule@from-date`, among the store's marks


def _kept(marks: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(_MARK): value.partition(" ")[0]
        for name, value in marks.items()
        if name.startswith(_MARK)
    }


def must_be_kept(store: OpenUnitOfWork, book: RuleBook, clock: Clock) -> Mapping[str, str]:
    """Return the record; `ConfigurationError` when a version in force differs from it."""
    with store(reading=True) as uow:
        kept = _kept(uow.marks())
    if found := changed(book, kept, clock.today()):
        raise ConfigurationError(
            f"rule book: {found[0]} is in force and was changed since it was put on record"
            + (f" (and {len(found) - 1} more)" if len(found) > 1 else ""),
            hint="put it back and add a version with a later from-date; "
            "a correction that shall hold for running cases too: kmop rules accept --reason …",
        )
    return kept


def keep_rules(store: OpenUnitOfWork, book: RuleBook, clock: Clock) -> int:
    """Put on record what is new in the rule book; return how much was.

    New are versions nobody has met yet, and those to come as they read today.
    """
    kept = must_be_kept(store, book, clock)
    new = {key: digest for key, digest in digests(book).items() if kept.get(key) != digest}
    if new:
        _put(store, new, clock)
    return len(new)


def _put(store: OpenUnitOfWork, values: Mapping[str, str], clock: Clock) -> None:
    with store() as uow:
        for key, value in values.items():
            uow.mark(_MARK + key, value, clock.now())
        uow.commit()


def accept_rules(
    store: OpenUnitOfWork, book: RuleBook, clock: Clock, by: Actor, reason: str
) -> list[str]:
    """Put the rule book on record as it reads now; who and why stand beside what was changed."""
    if not reason.strip():
        raise BadInput("a reason is missing", hint="give --reason: it stays on record")
    now = digests(book)
    with store(reading=True) as uow:
        found = changed(book, _kept(uow.marks()), clock.today())
    why = f"accepted by {by}: {' '.join(reason.split())}"
    _put(store, {key: f"{now.get(key, GONE)} {why}" for key in found}, clock)
    return found
