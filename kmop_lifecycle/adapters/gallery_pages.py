"""All notices in all languages as pages with an index, for translators and auditors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kmop_lifecycle.adapters.whole_files import FOR_ALL, write_whole
from kmop_lifecycle.adapters.words import LANGUAGES, TEMPLATES
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service.gallery import PARTY, READER, Example, several
from kmop_lifecycle.service.ports import Message, Recipient, Renderer


@dataclass(slots=True)
class Row:
    """One line of the index: the same notice in each language."""

    rung: str
    variant: str
    role: str
    pages: list[tuple[str, str, str]] = field(default_factory=list)  # language, link, subject


def write_gallery(
    folder: Path,
    examples: Iterable[Example],
    renderer: Renderer,
    today: date,
    where: Path = TEMPLATES,
) -> int:
    """Write one page per notice and language, each as it would be mailed; return how many.

    Beside them, for each role, one of several notices on one day.
    """
    ladders: dict[str, list[Row]] = {}
    listed = list(examples)
    for one in listed:
        row = Row(one.notice.rung, one.variant, str(one.notice.role))
        for language in LANGUAGES:
            message = _message(one, renderer, language)
            _write(folder, row, _page_name(one, language), language, message)
        ladders.setdefault(one.notice.ladder, []).append(row)
    for role, some in several(listed).items():
        row = Row(f"{len(some)} notices", "", str(role))
        told = [(one.notice, one.case, PARTY) for one in some]
        for language in LANGUAGES:
            message = renderer.digest(told, _reader(role, language), today)
            _write(folder, row, f"digest/{role}.{language}.html", language, message)
        ladders.setdefault("digest", []).append(row)
    index = _index(where).render(ladders=ladders, languages=LANGUAGES, today=today)
    write_whole(folder / "index.html", index, FOR_ALL)
    return sum(len(row.pages) for rows in ladders.values() for row in rows)


def _write(folder: Path, row: Row, name: str, language: str, message: Message) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, message.html, FOR_ALL)
    row.pages.append((language, quote(name), message.subject))


def _message(one: Example, renderer: Renderer, language: str) -> Message:
    reader = _reader(one.notice.role, language)
    return renderer.render(one.notice, one.case, PARTY, reader, one.day)


def _reader(role: Role, language: str) -> Recipient:
    return Recipient("", language, READER if role is Role.PROVIDER else "")


def _page_name(one: Example, language: str) -> str:
    parts = (one.notice.rung, one.variant, str(one.notice.role), language)
    return f"{one.notice.ladder}/{'.'.join(part for part in parts if part)}.html"


@cache
def _index(where: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202  # jinja2's template
    loader = FileSystemLoader(where)
    room = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return room.get_template("gallery.html.j2")
