"""`kmop case` looks at cases and changes nothing."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from kmop_lifecycle import bootstrap
from kmop_lifecycle.cli import case_page
from kmop_lifecycle.cli.options import AsJson, AsOf, CaseNumber, Lang, read_day
from kmop_lifecycle.cli.program import example, new_group
from kmop_lifecycle.cli.terminal import put, put_fields, put_json, put_table, say
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.identity import compact_enterprise
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.domain.rulebook import Kind
from kmop_lifecycle.service.ports import CaseFilter
from kmop_lifecycle.service.queries import listed, open_file

app = new_group("Look at cases.")


@app.command("list", epilog=example("kmop case list --state prepared --due-before 2026-12-31"))
def list_(
    *,
    state: Annotated[list[State] | None, typer.Option(help="In this state (repeatable).")] = None,
    kind: Annotated[list[Kind] | None, typer.Option(help="Of this kind (repeatable).")] = None,
    bureau: Annotated[str, typer.Option(help="Of this bureau.")] = "",
    enterprise: Annotated[str, typer.Option(help="Of this enterprise number.")] = "",
    due_before: Annotated[
        date | None,
        typer.Option(parser=read_day, metavar="DATE", help="Next date on this day or before."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    after: Annotated[str, typer.Option(help="Go on after this case number.")] = "",
    as_json: AsJson = False,
) -> None:
    """List cases as the last sweep left them, ordered by number."""
    wanted = CaseFilter(
        states=frozenset(state or ()),
        kinds=frozenset(kind or ()),
        bureau=bureau,
        enterprise=_digits(enterprise) if enterprise else "",
        due_before=due_before,
        after=after,
        limit=limit + 1,  # one more, to know whether there is more
    )
    found = listed(bootstrap.house(), wanted)
    shown, more = found[:limit], len(found) > limit
    if as_json:
        rows = [case_page.line_as_json(line) for line in shown]
        put_json({"cases": rows, "next": shown[-1].number if more else None})
        return
    put_table(case_page.COLUMNS, [case_page.line_cells(line) for line in shown])
    if more:
        say(f"there are more: --after {shown[-1].number}")


def _digits(enterprise: str) -> str:
    try:
        return compact_enterprise(enterprise)
    except ValueError:
        raise BadInput(
            f"{enterprise[:30]!r} is not an enterprise number", hint="such as 0566.988.259"
        ) from None


@app.command(epilog=example("kmop case show 2026-000001 --lang nl"))
def show(case: CaseNumber, *, on: AsOf = None, lang: Lang = "en", as_json: AsJson = False) -> None:
    """Show where a case stands: whose turn, until when and why, what it costs, what is missing."""
    house = bootstrap.house()
    file = open_file(house, case, on)
    if as_json:
        put_json(case_page.as_json(file, lang))
    else:
        put_fields(case_page.fields(file, lang))


@app.command(epilog=example("kmop case history 2026-000001"))
def history(
    case: CaseNumber, *, on: AsOf = None, lang: Lang = "en", as_json: AsJson = False
) -> None:
    """List everything that happened to a case, oldest first."""
    file = open_file(bootstrap.house(), case, on)
    if as_json:
        events = [case_page.event_as_json(row, lang) for row in file.history]
        put_json({"case": case, "events": events})
    else:
        put_table(
            ("#", "on", "step", "from", "to", "by", "warnings", "what"),
            [case_page.event_cells(row, lang) for row in file.history],
        )


@app.command(epilog=example("kmop case explain 2026-000001 --lang fr"))
def explain(
    case: CaseNumber, *, on: AsOf = None, lang: Lang = "en", as_json: AsJson = False
) -> None:
    """Say of each date of a case which rule made it out of which fact."""
    file = open_file(bootstrap.house(), case, on)
    dates = file.card.dates
    if as_json:
        put_json({"case": case, "dates": [case_page.date_as_json(d, lang) for d in dates]})
        return
    for derived in dates:
        put(f"{derived.on}  {derived.name}")
        put(f"            {case_page.why(derived, lang)}")


@app.command(epilog=example("kmop case timeline 2026-000001 --lang nl"))
def timeline(
    case: CaseNumber, *, on: AsOf = None, lang: Lang = "en", as_json: AsJson = False
) -> None:
    """Draw what was, today, and the dates that come, from top to bottom."""
    moments = case_page.moments(open_file(bootstrap.house(), case, on), lang)
    if as_json:
        put_json({"case": case, "moments": moments})
        return
    for moment in moments:
        sign = {"past": "●", "today": "▶", "coming": "○"}[moment["when"]]
        put(f"{moment['on']}  {sign}  {moment['what']}")
