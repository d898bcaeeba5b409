"""`kmop notice` shows what would be sent, and sends nothing."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from kmop_lifecycle import bootstrap
from kmop_lifecycle.cli.options import AsJson, CaseNumber, Language
from kmop_lifecycle.cli.program import example, new_group
from kmop_lifecycle.cli.terminal import put, put_json, say
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service.gallery import examples
from kmop_lifecycle.service.preview import Preview, Wanted
from kmop_lifecycle.service.preview import preview as look
from kmop_lifecycle.settings import load_settings

app = new_group("Look at notices before they are sent.")
_OWN = "the reader's own"


@app.command(
    epilog=example("kmop notice preview 2026-000001 --ladder follow_up --rung=-3m --open")
)
def preview(
    case: CaseNumber,
    *,
    ladder: Annotated[str, typer.Option(help="Such as follow_up, renewal, visit, or step.")],
    rung: Annotated[str, typer.Option(help="Such as --rung=-3m; of step: the step's name.")],
    role: Annotated[Role | None, typer.Option(help="Who reads it [default: the first].")] = None,
    lang: Annotated[Language | None, typer.Option(help=f"Language [default: {_OWN}].")] = None,
    channel: Annotated[Literal["mail", "chat"], typer.Option(help="By which way.")] = "mail",
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Keep the page.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show the page in the browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show exactly what a case's reminder says, today or on its own day; nothing is sent."""
    wanted = Wanted(case, ladder, rung, role or "", lang or "", chat=channel == "chat")
    seen = look(bootstrap.house(), wanted)
    file = to
    if open_ and file is None:
        file = Path(tempfile.mkdtemp(prefix="kmop-")) / f"{case}-{ladder}-{rung}.html"
    if file is not None:
        _keep(file, seen.message.html)
    if as_json:
        put_json(_as_json(seen, channel, file))
    else:
        say(_standing(seen))
        put(f"{seen.message.subject}\n")
        put(_text(seen, channel).rstrip("\n"))
    if open_ and file is not None:
        webbrowser.open(file.absolute().as_uri())


@app.command(epilog=example("kmop notice gallery --to var/gallery"))
def gallery(
    *,
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where the pages go.")],
    as_json: AsJson = False,
) -> None:
    """Write every notice in every language as a page, with an index, about an example case."""
    from kmop_lifecycle.adapters.gallery_pages import write_gallery  # noqa: PLC0415

    settings = load_settings()
    book = bootstrap.rule_book(settings)
    today = bootstrap.today()
    renderer = bootstrap.renderer(settings, book, today)
    try:
        where = settings.config_dir / "templates"
        count = write_gallery(to, examples(book, today), renderer, today, where)
    except OSError as error:
        raise _unwritable(to, error) from None
    index = to / "index.html"
    if as_json:
        put_json({"pages": count, "index": str(index)})
    else:
        put(str(index))
        say(f"{count} pages")


def _keep(file: Path, html: str) -> None:
    from kmop_lifecycle.adapters.whole_files import write_whole  # noqa: PLC0415

    try:
        write_whole(file, html)
    except OSError as error:
        raise _unwritable(file, error) from None


def _unwritable(place: Path, error: OSError) -> BadInput:
    return BadInput(f"cannot write {place}: {error.strerror}", hint="name another place")


def _text(seen: Preview, channel: str) -> str:
    return (channel == "chat" and seen.message.chat) or seen.message.text


def _standing(seen: Preview) -> str:
    """Say which day's case this is, and whether the notice would go out at all."""
    line = f"{seen.case.number} as it stands on {seen.on}: {seen.case.state}"
    if seen.ahead:
        line = (
            f"{seen.case.number} as it will stand on {seen.on} if nobody acts: {seen.case.state}"
        )
    moot = "" if seen.holds else "; it would not be sent: it no longer holds, or a newer one does"
    return f"{line}; to {seen.notice.recipient}, in {seen.language}{moot}"


def _as_json(seen: Preview, channel: str, file: Path | None) -> dict[str, Any]:
    return {
        "case": seen.case.number,
        "ladder": seen.notice.ladder,
        "rung": seen.notice.rung,
        "to": seen.notice.recipient,
        "channel": channel,
        "language": seen.language,
        "on": seen.on.isoformat(),
        "state": str(seen.case.state),
        "ahead": seen.ahead,
        "holds": seen.holds,
        "subject": seen.message.subject,
        "text": _text(seen, channel),
        "calendar": seen.message.calendar.decode() if seen.message.calendar else None,
        "file": str(file) if file else None,
    }
