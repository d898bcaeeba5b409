"""`kmop calendar` writes the coming dates as calendars to follow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.calendar_feeds import Feeds, Written
from kmop_lifecycle.cli.options import AsJson, Lang
from kmop_lifecycle.cli.terminal import counting, put, put_json, say
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.identity import compact_enterprise
from kmop_lifecycle.service.calendars import Audience, Whose, audiences, days
from kmop_lifecycle.service.house import House
from kmop_lifecycle.settings import load_settings

_ONE_OF = "give one of --provider, --bureau, --auditor, --staff, --all"
_FOLDERS = {
    Whose.PROVIDER: "providers",
    Whose.BUREAU: "bureaus",
    Whose.AUDITOR: "auditors",
    Whose.STAFF: "",
}


def calendar(
    *,
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where the files go.")],
    provider: Annotated[str, typer.Option(metavar="ENTERPRISE", help="One provider's.")] = "",
    bureau: Annotated[str, typer.Option(metavar="NAME", help="One bureau's.")] = "",
    auditor: Annotated[str, typer.Option(metavar="NAME", help="One auditor's.")] = "",
    staff: Annotated[bool, typer.Option("--staff", help="All cases in one.")] = False,
    everyone: Annotated[
        bool,
        typer.Option("--all", help="All, in subfolders providers, bureaus and auditors."),
    ] = False,
    lang: Lang = "nl",
    as_json: AsJson = False,
) -> None:
    """Write calendars (.ics) with the coming dates; a file that says the same is left alone."""
    asked = _asked(provider, bureau, auditor, staff=staff)
    if len(asked) + everyone != 1:
        raise BadInput("whose calendar?", hint=_ONE_OF)
    settings = load_settings()
    house = bootstrap.house()
    feeds = Feeds(lang, settings.boards.show_names, settings.config_dir / "templates")
    written = _write(house, feeds, to, audiences(house) if everyone else asked, everyone=everyone)
    if as_json:
        put_json({"calendars": [_as_json(one) for one in written]})
        return
    for one in written:
        put(f"{one.path}  {one.days} dates{'' if one.changed else ', as it was'}")
    say(f"{len(written)} calendars, {sum(one.changed for one in written)} of them changed")


def _asked(provider: str, bureau: str, auditor: str, *, staff: bool) -> list[Audience]:
    found = [Audience(Whose.STAFF)] if staff else []
    if bureau:
        found.append(Audience(Whose.BUREAU, bureau))
    if auditor:
        found.append(Audience(Whose.AUDITOR, auditor))
    if provider:
        try:
            found.append(Audience(Whose.PROVIDER, compact_enterprise(provider)))
        except ValueError:
            raise BadInput(
                f"{provider[:30]!r} is not an enterprise number", hint="such as 0566.988.259"
            ) from None
    return found


def _write(
    house: House, feeds: Feeds, to: Path, asked: list[Audience], *, everyone: bool
) -> list[Written]:
    written, today = [], house.clock.today()
    with counting("calendars", len(asked)) as done:
        for audience in asked:
            folder = to / _FOLDERS[audience.whose] if everyone else to
            try:
                written.append(feeds.write(folder, audience, days(house, audience), today))
            except OSError as error:
                raise BadInput(
                    f"cannot write into {folder}: {error.strerror}", hint="name another folder"
                ) from None
            done(1)
    return written


def _as_json(one: Written) -> dict[str, Any]:
    return {"file": str(one.path), "days": one.days, "changed": one.changed}
