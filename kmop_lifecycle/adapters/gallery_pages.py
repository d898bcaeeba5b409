"""All notices in all languages as pages with an index, for translators and auditors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kmop_lifecycle.adapters.words import LANGUAGES, TEMPLATES
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service.gallery import PARTY, READER, Example
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
    """Write one page per notice and language, each as it would be mailed; return how many."""
    ladders: dict[str, list[Row]] = {}
    for one in examples:
        row = Row(one.notice.rung, one.variant, str(one.notice.role))
        for language in LANGUAGES:
            name = _page_name(one, language)
            message = _message(one, renderer, language)
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(message.html, encoding="utf-8")
            row.pages.append((language, quote(name), message.subject))
        ladders.setdefault(one.notice.ladder, []).append(row)
    index = _index(where).render(ladders=ladders, languages=LANGUAGES, today=today)
    (folder / "index.html").write_text(index, encoding="utf-8")
    return sum(len(row.pages) for rows in ladders.values() for row in rows)


def _message(one: Example, renderer: Renderer, language: str) -> Message:
    reader = Recipient("", language, READER if one.notice.role is Role.PROVIDER else "")
    return renderer.render(one.notice, one.case, PARTY, reader, one.day)


def _page_name(one: Example, language: str) -> str:
    parts = (one.notice.rung, one.variant, str(one.notice.role), language)
    return f"{one.notice.ladder}/{'.'.join(part for part in parts if part)}.html"


@cache
def _index(where: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202  # jinja2's template
    loader = FileSystemLoader(where)
    room = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return room.get_template("gallery.html.j2")
