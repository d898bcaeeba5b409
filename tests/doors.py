"""Every parser that reads what somebody else wrote, as a target for a fuzzer: bytes go in.

A door is right when it takes the bytes or refuses them in one line of the product's own words.
"""

from __future__ import annotations

import gc
import io
import json
import os
import shutil
import smtplib
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from flows.taking import asked_for
from kmop_lifecycle.adapters.applications import read_document, read_rows
from kmop_lifecycle.adapters.letters import MailServer
from kmop_lifecycle.adapters.notifier import AppriseNotifier, _NoTarget
from kmop_lifecycle.adapters.outcomes import judge, judge_error
from kmop_lifecycle.adapters.overhearing import Heard, _seconds
from kmop_lifecycle.adapters.rulebook_files import load_rulebook
from kmop_lifecycle.adapters.scenario_files import load_scenario
from kmop_lifecycle.adapters.store.backups import _checked_copy
from kmop_lifecycle.adapters.store.dumps import _manifest
from kmop_lifecycle.cli.fire import _data
from kmop_lifecycle.domain.calendar import Period, Rung
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.decide import OPENING
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.inputs import read_day
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.addresses import kind, other_side
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.ports import Message
from kmop_lifecycle.settings import load_settings
from tests.fakes import Office
from tests.stories import ROOT, prepared

CONFIG = ROOT / "config"
EXAMPLES = CONFIG / "examples"
MAIL = MailServer(
    host="127.0.0.1", port=9, user="", password="", mode="insecure",
    sender_address="us@kmop.example", sender_name="KMOP", reply_to="", timeout_seconds=1,
)  # fmt: skip
LONGEST = 2_000  # signs of a refusal: it must not repeat a whole file

Read = Callable[[bytes, Path], object]


@dataclass(frozen=True)
class Door:
    """One parser: what it is given at first, and how it reads."""

    read: Read
    seeds: Callable[[], list[bytes]]

    def take(self, content: bytes, folder: Path) -> str:
        """Return `taken` or the code of the refusal; another error is a finding."""
        try:
            self.read(content, folder)
        except LifecycleError as told:
            if "\n" in told.message or len(told.message) > LONGEST:
                msg = f"{told.code}: no single short line"
                raise AssertionError(msg) from told
            return told.code
        return "taken"


def _file(name: str, read: Callable[[Path], object]) -> Read:
    """Write the bytes to a file of that name, and read it."""

    def through(content: bytes, folder: Path) -> object:
        file = folder / name
        file.write_bytes(content)
        return read(file)

    return through


def _text(read: Callable[[str], object]) -> Read:
    """Read them as text; what is no text never gets as far as this door."""
    return lambda content, _: read(content.decode("utf-8", errors="ignore"))


def _said(*texts: str) -> Callable[[], list[bytes]]:
    return lambda: [text.encode() for text in texts]


def _files(folder: Path, *patterns: str) -> Callable[[], list[bytes]]:
    return lambda: [f.read_bytes() for p in patterns for f in sorted(folder.glob(p))]


def _rows(file: Path) -> list[Any]:
    return list(read_rows(file))


@cache
def _whole_workbook() -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 - slow, and only this door needs it

    book, out = Workbook(), io.BytesIO()
    for line in (EXAMPLES / "providers.csv").read_text("utf-8").splitlines()[:3]:
        book.active.append([_cell(text) for text in line.split(",")])
    book.save(out)
    return out.getvalue()


def _cell(text: str) -> object:
    return date.fromisoformat(text) if text.count("-") == 2 else text


@cache
def _parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(_whole_workbook())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


_SHEET = "xl/worksheets/sheet1.xml"


def _workbook(content: bytes, folder: Path) -> object:
    """Take the bytes for the sheet inside a workbook: a fuzzer seldom finds out how to zip."""
    file = folder / "inside.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in _parts().items():
            archive.writestr(name, content if name == _SHEET else part)
    return _rows(file)


def _dump(content: bytes, folder: Path) -> object:
    file = folder / "dump.zip"
    file.write_bytes(_zipped(content))
    return _manifest(file)


def _zipped(manifest: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("manifest.json", manifest)
        archive.writestr("case.copy", b"1\n")
    return out.getvalue()


_DUMPED = b'{"form": "kmop-dump-1", "revision": "0006", "tables": {"case": ["id"]}}'


def _sqlite_seed() -> list[bytes]:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO alembic_version VALUES ('0006')")
        database.commit()
        return [database.serialize()]


def _sqlite(content: bytes, folder: Path) -> object:
    file, copy = folder / "backup.kmop", folder / "copy.sqlite3"
    file.write_bytes(content)
    copy.unlink(missing_ok=True)
    try:
        return _checked_copy(file, copy)
    finally:
        gc.collect(0)  # the engine that looked at its version


def _rule_book(content: bytes, folder: Path) -> object:
    """Take the bytes for one file of the rule book; the first sign says which."""
    names = sorted(file.name for file in (CONFIG / "rulebook").glob("*.toml"))
    book = folder / "rulebook"
    if not book.exists():
        shutil.copytree(CONFIG / "rulebook", book)
    name = names[content[0] % len(names)] if content else names[0]
    before = (book / name).read_bytes()
    (book / name).write_bytes(content[1:])
    try:
        return load_rulebook(book)
    finally:
        (book / name).write_bytes(before)


def _rule_book_seeds() -> list[bytes]:
    files = sorted((CONFIG / "rulebook").glob("*.toml"))
    return [bytes([place]) + file.read_bytes() for place, file in enumerate(files)]


def _settings(content: bytes, folder: Path) -> object:
    (folder / "default.toml").write_bytes((CONFIG / "default.toml").read_bytes())
    (folder / "other.toml").write_bytes(content)
    return load_settings(config_dir=folder, profile="other").database_label


def _secret_file(content: bytes, folder: Path) -> object:
    file = folder / "secret"
    file.write_bytes(content)
    before = os.environ.get("KMOP_DATABASE_URL")
    os.environ["KMOP_DATABASE_URL"] = f"file:{file}"
    try:
        settings = load_settings(config_dir=CONFIG)
        return settings.database_address, settings.database_label
    finally:
        if before is None:
            del os.environ["KMOP_DATABASE_URL"]
        else:
            os.environ["KMOP_DATABASE_URL"] = before


def _span(read: Callable[[str], Period | Rung]) -> Read:
    """Read a length of time, which says ValueError to the reader of the rule book."""

    def reading(text: str) -> object:
        with suppress(ValueError):
            return read(text)
        return None

    return _text(reading)


def _address(text: str) -> object:
    kind(text)
    other_side(text)
    with suppress(_NoTarget):  # it is refused: an outcome of the delivery
        return AppriseNotifier(MAIL)._target(text, Message("s", "t", "h"))
    return None


def _answer(content: bytes, _: Path) -> object:
    """Judge what a mail server, then a web hook, says; both must come to some outcome."""
    code = int.from_bytes(content[:2], "big") % 700
    text = content[2:]
    judge_error(smtplib.SMTPResponseException(code, text))
    judge_error(smtplib.SMTPRecipientsRefused({"a@b.example": (code, text)}))
    _seconds(text.decode("latin-1"))
    return judge([Heard(text.decode("utf-8", "replace"), None)])


@cache
def _office() -> Office:
    office = Office()
    office.live(prepared())
    return office


def _asked(trigger: Trigger, told: dict[str, Any]) -> object:
    case = None if trigger in OPENING else "2026-000001"
    by = Actor.parse("admin:els")
    return fire(_office().house, Command(trigger, by, case, data=told, dry_run=True))


def _command(content: bytes, _: Path) -> object:
    """Take the bytes for the JSON that a step is told; the first sign says which step."""
    steps = [*Trigger]
    step = steps[content[0] % len(steps)] if content else steps[0]
    return _asked(step, _data(content[1:].decode("utf-8", "ignore").lstrip("@")))


def _form(content: bytes, _: Path) -> object:
    steps = [*Trigger]
    step = steps[content[0] % len(steps)] if content else steps[0]
    given = _data(content[1:].decode("utf-8", "ignore").lstrip("@"))
    return asked_for(step, given)


def _told() -> list[bytes]:
    application = (EXAMPLES / "application.json").read_bytes()
    place = [*Trigger].index
    return [
        bytes([place(Trigger.SUBMIT)]) + application,
        bytes([place(Trigger.ADOPT)]) + application,
        bytes([place(Trigger.PLAN_VISIT)]) + b'{"visit_on": "2026-02-10", "auditor": "an"}',
        bytes([place(Trigger.CLOSE_VISIT)]) + b'{"scores": {"A1": "TT"}, "report_approved_on": 1}',
        bytes([place(Trigger.GIVE_VERDICT)]) + b'{"verdict": "pass", "measures": [{"what": "x"}]}',
        bytes([place(Trigger.REGISTER)]) + b'{"decided_on": "2026-03-16", "numbers": {}}',
    ]


def _forms() -> list[bytes]:
    application = json.loads((EXAMPLES / "application.json").read_text("utf-8"))
    opened = {"application": application, "role": "provider", "user": "acme", "dry_run": True}
    step = {"case": "2026-000001", "user": "an", "on": "2026-02-10", "scores": {"other": []}}
    place = [*Trigger].index
    return [
        bytes([place(Trigger.SUBMIT)]) + json.dumps(opened).encode(),
        bytes([place(Trigger.CLOSE_VISIT)]) + json.dumps(step).encode(),
    ]


def _scenarios() -> list[bytes]:
    folder = ROOT / "tests" / "acceptance" / "scenarios"
    return [file.read_bytes() for file in sorted(folder.glob("*.yaml"))[:6]]


DOORS: dict[str, Door] = {
    "application, JSON": Door(_file("a.json", read_document), _files(EXAMPLES, "*.json")),
    "application, YAML": Door(_file("a.yaml", read_document), _files(EXAMPLES, "*.yaml")),
    "sheet, CSV": Door(_file("a.csv", _rows), _files(EXAMPLES, "*.csv")),
    "sheet, workbook": Door(_file("a.xlsx", _rows), lambda: [_whole_workbook()]),
    "sheet inside a workbook": Door(_workbook, lambda: [_parts()[_SHEET]]),
    "scenario": Door(_file("a.yaml", load_scenario), _scenarios),
    "rule book": Door(_rule_book, _rule_book_seeds),
    "settings": Door(_settings, _files(CONFIG, "*.toml")),
    "secret file": Door(_secret_file, _said("postgresql://kmop:x@db:5432/kmop?sslmode=require\n")),
    "backup, manifest": Door(_dump, lambda: [_DUMPED]),
    "backup, zip": Door(_file("dump.zip", _manifest), lambda: [_zipped(_DUMPED)]),
    "backup, SQLite": Door(_sqlite, _sqlite_seed),
    "command": Door(_command, _told),
    "form": Door(_form, _forms),
    "actor": Door(_text(Actor.parse), _said("provider:acme", "auditor:an.peeters")),
    "day": Door(_text(lambda text: read_day(text, "on")), _said("2026-02-28", "2026-W01-1")),
    "period": Door(_span(Period.parse), _said("6m", "4w", "2y", "14d")),
    "rung": Door(_span(Rung.parse), _said("-6m", "+2w", "0", "heads_up")),
    "address": Door(
        _text(_address),
        _said("jo.maes@acme.example", "slack://T0/B0/token/%23x", "json://host/x?a=b", "mailto://a"),
    ),
    "answer of a mail server": Door(
        _answer, lambda: [b"\x02\x265.1.1 <a@b.example> unknown", b"\x01\xc2 error=429 120"]
    ),
}  # fmt: skip
