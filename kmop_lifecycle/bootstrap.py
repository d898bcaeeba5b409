"""The only place where settings, adapters and use cases meet.

Adapters are imported where they are used: half of the commands need no database and no mail.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kmop_lifecycle.adapters.clock import SimulatedClock, SystemClock
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import ConfigurationError
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.domain.turn import turn
from kmop_lifecycle.secret_places import Blocks
from kmop_lifecycle.service.house import House, Limits
from kmop_lifecycle.service.ports import Notifier, Renderer
from kmop_lifecycle.service.rulekeeping import accept_rules, keep_rules, must_be_kept
from kmop_lifecycle.settings import Settings, load_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from kmop_lifecycle.adapters.boards.pages import Pages
    from kmop_lifecycle.adapters.boards.setting import Links
    from kmop_lifecycle.adapters.store.revision import Phase
    from kmop_lifecycle.service.intake import Entry

_SQLITE, _IN_MEMORY = "sqlite:///", ":memory:"
_STANDING_IN: list[House] = []


@contextmanager
def standing_in(other: House) -> Iterator[None]:
    """Let another house stand in for the real one in this process: for a rehearsal of flows."""
    _STANDING_IN.append(other)
    try:
        yield
    finally:
        _STANDING_IN.remove(other)


def house(settings: Settings | None = None, *, blocks: Blocks | None = None) -> House:
    """Return the real house: database, rule book, clock, mail; a flow run reads blocks too."""
    if _STANDING_IN and settings is None:
        return _STANDING_IN[-1]
    from kmop_lifecycle.adapters.collector import settle
    from kmop_lifecycle.adapters.logs import configure
    from kmop_lifecycle.adapters.postbook import RulePostbook
    from kmop_lifecycle.adapters.store.revision import must_fit
    from kmop_lifecycle.adapters.store.unit_of_work import open_store

    given = settings or load_settings(blocks=blocks)
    configure(given.log.level, json_lines=given.log.json_lines)
    book, clock = rule_book(given), SystemClock()
    engine = database(given)
    must_fit(engine)
    store = open_store(engine)
    must_be_kept(store, book, clock)
    settle()
    return House(
        store=store,
        rules=book,
        clock=clock,
        notifier=_notifier(given),
        renderer=renderer(given, book, clock.today()),
        postbook=RulePostbook(book, clock, given.authority_email, given.admin_email),
        limits=Limits(
            sweep_chunk=given.sweep_chunk,
            parts=given.sweep.parts,
            part_cases=given.sweep.part_cases,
            deliveries=given.delivery_limit,
            senders=given.senders,
            lease=timedelta(seconds=given.lease_seconds),
            per_address=given.mail.per_address_per_day,
            usual_cases=given.sweep.usual_cases,
            usual_percent=given.sweep.usual_percent,
            usual_days=given.sweep.usual_days,
        ),
    )


def shared() -> bool:
    """Tell whether another process would see the same house: not one in memory, nor a stand-in."""
    url = load_settings().database_url.get_secret_value()
    return not _STANDING_IN and not url.endswith((_IN_MEMORY, "sqlite://", _SQLITE))


def with_mail(rehearsing: House, settings: Settings) -> House:
    """Return the same house with real mail: rendered in full, sent to the server of settings."""
    from kmop_lifecycle.adapters.postbook import RulePostbook

    book, clock = rehearsing.rules, rehearsing.clock
    return replace(
        rehearsing,
        notifier=_notifier(settings),
        renderer=renderer(settings, book, clock.today()),
        postbook=RulePostbook(book, clock, settings.authority_email, settings.admin_email),
    )


def database(settings: Settings) -> Engine:
    """Return the engine of an existing database; to look must not create an empty file."""
    from kmop_lifecycle.adapters.store import migrate
    from kmop_lifecycle.adapters.store.engine import make_engine

    url, file = settings.database_address, sqlite_file(settings)
    if file is not None and not file.is_file():
        raise ConfigurationError(
            f"there is no database at {settings.database_label}", hint="run: kmop db upgrade"
        )
    engine = make_engine(url)
    if url.endswith(_IN_MEMORY):
        migrate.upgrade(engine)  # it begins empty with every process
    return engine


def prepare_database(settings: Settings, phase: Phase | None = None) -> None:
    """Create the database if there is none, and bring it up to date, or one phase further."""
    from kmop_lifecycle.adapters.store import migrate
    from kmop_lifecycle.adapters.store.unit_of_work import open_store

    if (file := sqlite_file(settings)) is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"the folder of the database cannot be made: {error.strerror}",
                hint="name another place with KMOP_DATABASE_URL",
            ) from None
    migrate.upgrade(settings.database_address, phase=phase)
    engine = database(settings)
    # A new rule goes on record later, by the first sweep: who still runs would refuse to go on.
    keep = must_be_kept if phase == "expand" else keep_rules
    keep(open_store(engine), rule_book(settings), SystemClock())
    engine.dispose()


def sqlite_file(settings: Settings) -> Path | None:
    """Return the database's file, when it is one."""
    url = settings.database_url.get_secret_value()
    path = url.removeprefix(_SQLITE).partition("?")[0]
    return Path(path) if url.startswith(_SQLITE) and path not in ("", _IN_MEMORY) else None


def record_rules(living: House) -> None:
    """Put on record which rules there are and will be: each sweep does, before they begin."""
    keep_rules(living.store, living.rules, living.clock)


def accept_changed_rules(by: Actor, reason: str) -> list[str]:
    """Put a changed rule book on record, with who and why; return which versions had changed."""
    from kmop_lifecycle.adapters.store.unit_of_work import open_store

    given, clock = load_settings(), SystemClock()
    return accept_rules(open_store(database(given)), rule_book(given), clock, by, reason)


def rule_book(settings: Settings | None = None) -> RuleBook:
    """Return the rule book of this installation."""
    return rules((settings or load_settings()).config_dir / "rulebook")


def today() -> date:
    """Return today's date in Brussels, for who only wants to know what is in force."""
    return SystemClock().today()


def rules(folder: Path) -> RuleBook:
    """Return the rule book of a folder."""
    from kmop_lifecycle.adapters.rulebook_files import load_rulebook

    return load_rulebook(folder)


def _notifier(settings: Settings) -> Notifier:
    from kmop_lifecycle.adapters.letters import MailServer
    from kmop_lifecycle.adapters.notifier import AppriseNotifier
    from kmop_lifecycle.adapters.nowhere import Locked

    if settings.mail_is_locked:
        return Locked()
    mail = settings.mail
    return AppriseNotifier(
        MailServer(
            host=mail.smtp_host,
            port=mail.smtp_port,
            user=mail.smtp_user,
            password=mail.smtp_password.get_secret_value(),
            mode=mail.smtp_mode,
            sender_address=mail.sender_address,
            sender_name=mail.sender_name,
            reply_to=mail.reply_to,
            timeout_seconds=mail.timeout_seconds,
        )
    )


def sheet(name: str) -> list[Entry]:
    """Return the rows of a sheet in the inbox; NotFound names those that are there."""
    from kmop_lifecycle.adapters.intake_sheets import entries, in_folder

    return entries(in_folder(load_settings().inbox, name))


def guided() -> int:
    """Return how many runs may await a person at the same time."""
    return load_settings().boards.guided


def pages(language: str, links: Links) -> Pages:
    """Return what writes the boards and case pages in a language."""
    from kmop_lifecycle.adapters.boards.pages import Pages
    from kmop_lifecycle.adapters.boards.setting import Setting

    given = load_settings()
    return Pages(Setting(language, links, given.boards.show_names, given.config_dir / "templates"))


def renderer(settings: Settings, book: RuleBook, today: date) -> Renderer:
    """Return what words the notices, without any database."""
    from kmop_lifecycle.adapters.dates_gone import DatesGone
    from kmop_lifecycle.adapters.reasons import Reasons
    from kmop_lifecycle.adapters.templates import JinjaRenderer

    where = settings.config_dir / "templates"
    return JinjaRenderer(
        turn=turn,
        why=Reasons(book, where),
        gone=DatesGone(book, where),
        sender_name=settings.mail.sender_name,
        reply_to=settings.mail.reply_to or settings.mail.sender_address,
        sessions=book.sessions.on(today).value,
        directory=where,
    )


def rehearsal(rules: RuleBook) -> tuple[House, SimulatedClock]:
    """Return an empty house in memory with a clock that can be set, for the scenario player."""
    from kmop_lifecycle.adapters.nowhere import Nowhere
    from kmop_lifecycle.adapters.store.memory import MemoryStore

    clock, nowhere = SimulatedClock(date(2026, 1, 1)), Nowhere()
    return House(MemoryStore(), rules, clock, nowhere, nowhere, nowhere), clock
