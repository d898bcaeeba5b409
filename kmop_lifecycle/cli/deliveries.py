"""`kmop deliveries` looks after notices that are stuck and stops or starts all sending."""

from __future__ import annotations

from datetime import datetime
from getpass import getuser
from typing import Annotated, Any

import typer

from kmop_lifecycle import bootstrap
from kmop_lifecycle.cli.options import AsJson, DryRun
from kmop_lifecycle.cli.program import example, new_group
from kmop_lifecycle.cli.terminal import put, put_json, put_table, say, visible
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service import deliveries as desk
from kmop_lifecycle.service.outbox import (
    HOLD,
    PAUSE,
    Channel,
    Delivery,
    Refusal,
    Switch,
    in_words,
)

app = new_group("Look after deliveries: list what is stuck, pause, resume, try again.")

_COLUMNS = ("id", "case", "notice", "to", "status", "attempts", "next try", "answer")
Reason = Annotated[str, typer.Option(help="Why; deliver and list say it.")]
By = Annotated[str, typer.Option("--by", help="Who does it [default: admin:USER].")]


@app.command("list", epilog=example("kmop deliveries list --status dead,ambiguous"))
def list_(
    *,
    status: Annotated[
        str, typer.Option(help=f"In these statuses: {', '.join(desk.STATUSES)}.")
    ] = "dead,ambiguous,retry",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    after: Annotated[int, typer.Option(min=0, help="Go on after this id.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List notices that are stuck, and what holds deliveries up; never an address."""
    found = desk.look(bootstrap.house(), _statuses(status), after=after, limit=limit + 1)
    rows, more = found.rows[:limit], len(found.rows) > limit
    if as_json:
        put_json(
            {
                "deliveries": [_row(row) for row in rows],
                "next": rows[-1].id if more else None,
                "switches": [_switch(switch) for switch in found.switches],
                "channels": [_channel(channel) for channel in found.channels],
                "refusals": [_refusal(refusal) for refusal in found.refusals],
            }
        )
        return
    _held_up(found)
    put_table(_COLUMNS, [list(_row(row).values()) for row in rows])
    if more:
        say(f"there are more: --after {rows[-1].id}")


@app.command(epilog=example("kmop deliveries pause --reason 'wrong text in the renewal mail'"))
def pause(*, reason: Reason = "", by: By = "", as_json: AsJson = False) -> None:
    """Stop all sending at once; notices are still written and wait."""
    _stop(PAUSE, reason, by, as_json=as_json)


@app.command(epilog=example("kmop deliveries hold --reason 'restored last night'"))
def hold(*, reason: Reason = "", by: By = "", as_json: AsJson = False) -> None:
    """Hold all sending after a restore, until somebody has compared what went out since."""
    _stop(HOLD, reason, by, as_json=as_json)


@app.command(epilog=example("kmop deliveries resume"))
def resume(*, as_json: AsJson = False) -> None:
    """End a pause or a hold, and try every channel again."""
    held = desk.resume(bootstrap.house())
    if as_json:
        switches = [switch.name for switch in held.switches]
        put_json({"switches": switches, "channels": [channel.name for channel in held.channels]})
        return
    names = [s.name for s in held.switches] + [f"channel {c.name}" for c in held.channels]
    put(f"deliveries go on; ended: {', '.join(names) or 'nothing'}")


@app.command(epilog=example("kmop deliveries retry --all-dead --dry-run"))
def retry(
    notice: Annotated[int | None, typer.Argument(metavar="[ID]", help="Of one notice.")] = None,
    *,
    all_dead: Annotated[bool, typer.Option("--all-dead", help="Every dead notice.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Have a dead or ambiguous notice tried again by the next delivery."""
    if (notice is None) is not all_dead:
        raise BadInput("which notices?", hint="give one ID, or --all-dead")
    again = desk.retry(bootstrap.house(), notice, dry_run=dry_run)
    if as_json:
        put_json({"retried": [row.id for row in again], "dry_run": dry_run})
        return
    put(f"{'would be' if dry_run else 'are'} due again: {len(again)}")
    for row in again:
        put(f"  {row.id}  {row.notice.case}  {_what(row)}")


def _stop(name: str, reason: str, by: str, *, as_json: bool) -> None:
    switch = desk.stop(bootstrap.house(), name, by or f"admin:{getuser()}", reason)
    if as_json:
        put_json(_switch(switch))
    else:
        put(f"deliveries are {visible(in_words(switch))}; end it with: kmop deliveries resume")


def _statuses(text: str) -> list[str]:
    wanted = [word.strip() for word in text.split(",") if word.strip()]
    for word in wanted:
        if word not in desk.STATUSES:
            raise BadInput(f"{word[:20]!r} is no status", hint=f"write {', '.join(desk.STATUSES)}")
    return wanted


def _held_up(found: desk.Desk) -> None:
    for switch in found.switches:
        say(f"deliveries are {visible(in_words(switch))}")
    for channel in found.channels:
        say(
            f"channel {channel.name} is shut until {_moment(channel.open_until)}: "
            f"{visible(channel.reason)}; correct it, then: kmop deliveries resume"
        )
    for refusal in found.refusals:
        say(
            f"an address of {visible(refusal.reader)} takes nothing since "
            f"{_moment(refusal.since)}: {visible(refusal.answer)}; {_way_out(refusal)}"
        )


def _way_out(refusal: Refusal) -> str:
    role, _, whose = refusal.reader.partition(":")
    if role == Role.PROVIDER:
        return f"correct it with: kmop contact change {whose}"
    return "correct it in the settings or the rule book, then: kmop deliveries retry"


def _row(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "case": row.notice.case,
        "notice": _what(row),
        "to": str(row.notice.role),
        "status": row.status,
        "attempts": row.attempts,
        "next_try": _moment(row.next_try_at),
        "answer": row.answer,
    }


def _what(row: Delivery) -> str:
    return f"{row.notice.ladder}:{row.notice.rung}"


def _switch(switch: Switch) -> dict[str, Any]:
    since = _moment(switch.since)
    return {"name": switch.name, "since": since, "by": switch.by, "reason": switch.reason}


def _channel(channel: Channel) -> dict[str, Any]:
    times = {"open_until": channel.open_until, "alarmed_at": channel.alarmed_at}
    return {
        "name": channel.name,
        "reason": channel.reason,
        **{k: _moment(at) for k, at in times.items()},
    }


def _refusal(refusal: Refusal) -> dict[str, Any]:
    since = _moment(refusal.since)
    return {"reader": refusal.reader, "since": since, "answer": refusal.answer}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%MZ}"
