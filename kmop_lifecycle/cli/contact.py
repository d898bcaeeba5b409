"""`kmop contact` shows and changes whom a provider is written to; only `list` shows values."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from kmop_lifecycle import bootstrap
from kmop_lifecycle.cli.options import AsJson, By, DryRun, Language
from kmop_lifecycle.cli.program import example, new_group
from kmop_lifecycle.cli.terminal import put, put_json, put_table, say
from kmop_lifecycle.domain.case import Actor, Concern, Contact
from kmop_lifecycle.domain.contacts import Edited, People, added, changed, removed, switched
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.service import contacts as people

app = new_group("See and change whom a provider is written to.")

_PLACES = ("number", "name", "e-mail", "language", "role", "channels", "muted")
Provider = Annotated[
    str, typer.Argument(metavar="PROVIDER", help="Enterprise number, or the number of a case.")
]
Place = Annotated[
    int, typer.Argument(metavar="CONTACT", min=1, help="Number in the list; 1 is the main one.")
]
Seen = Annotated[
    int | None,
    typer.Option(min=0, help="Refuse if there was another change since this one of the list."),
]
Name = Annotated[str | None, typer.Option(help="Name of the person.")]
Email = Annotated[str | None, typer.Option(help="E-mail address.")]
Spoken = Annotated[Language | None, typer.Option("--language", help="Language of the messages.")]
For = Annotated[Concern | None, typer.Option("--role", help="What this person is there for.")]
Added = Annotated[
    list[str] | None,
    typer.Option(
        "--add-channel",
        metavar="URL",
        help="A further channel, such as slack://… or, for Teams, workflows://… (repeatable).",
    ),
]
Ladders = Annotated[
    list[str] | None,
    typer.Option("--ladder", metavar="NAME", help="Such as renewal, or step (repeatable)."),
]


@app.command("list", epilog=example("kmop contact list 0566.988.259"))
def list_(
    provider: Provider,
    *,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show channels whole: they hold secrets.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the people, the main contact first, and who changed them when."""
    found = people.look_up(bootstrap.house(), provider)
    rows = [_row(n, person, reveal=reveal) for n, person in enumerate(found.people, 1)]
    log = [{"seq": c.seq, "at": c.at.isoformat(), "by": c.actor, "what": c.what}
           for c in found.changes]  # fmt: skip
    if as_json:
        put_json({"enterprise": found.enterprise, "contacts": rows, "changes": log})
        return
    put_table(_PLACES, [[_cell(value) for value in row.values()] for row in rows])
    if log:
        put()
        put_table(("change", "at", "by", "what"), [list(line.values()) for line in log])


def _row(number: int, person: Contact, *, reveal: bool) -> dict[str, Any]:
    return {
        "number": number,
        "name": person.name,
        "email": person.email,
        "language": person.language,
        "role": str(person.role),
        "channels": [one if reveal else _masked(one) for one in person.channels],
        "muted": list(person.muted),
    }


def _masked(channel: str) -> str:
    """Leave of an address what tells it from another: the rest lets anybody post there."""
    scheme, _, rest = channel.partition("://")
    return f"{scheme}://…{rest[-4:] if len(rest) > 12 else ''}" if channel else ""  # noqa: PLR2004 - what is left is no secret


def _cell(value: object) -> object:
    return ", ".join(one or "(free)" for one in value) if isinstance(value, list) else value


@app.command(
    epilog=example(
        "kmop contact add 0566.988.259 --name 'Ann Claes' --email ann@acme.example --by admin:els"
    )
)
def add(
    provider: Provider,
    *,
    name: Annotated[str, typer.Option(help="Name of the person.")],
    email: Annotated[str, typer.Option(help="E-mail address.")],
    by: By,
    language: Annotated[Language, typer.Option(help="Language of the messages.")] = "nl",
    role: Annotated[Concern, typer.Option(help="What this person is for.")] = Concern.GENERAL,
    add_channel: Added = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Add a person, who reads when the others cannot: an address is dead, a notice switched off.

    The channels of further people serve only when no mail arrives.
    """
    person = Contact(name.strip(), email.strip(), language, tuple(add_channel or ()), role)
    _tell(provider, by, lambda now: added(now, person), dry_run=dry_run, as_json=as_json)


@app.command(epilog=example("kmop contact change 2026-000001 1 --language fr --by provider:acme"))
def change(
    provider: Provider,
    contact: Place,
    *,
    by: By,
    name: Name = None,
    email: Email = None,
    language: Spoken = None,
    role: For = None,
    add_channel: Added = None,
    drop_channel: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Take away the contact's N-th channel (repeatable)."),
    ] = None,
    seen: Seen = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Change a person; what is not given stays as it is.

    Channels of the main contact keep their numbers. What waits for a dropped one goes to nobody
    and is noted as moot, unless another takes its number: dropping and adding replaces it. A
    channel with a new number gets notices from the provider's next case on.
    """
    given = {"name": name and name.strip(), "email": email and email.strip(),
             "language": language, "role": role}  # fmt: skip
    fields = {key: value for key, value in given.items() if value is not None}
    drop, more = drop_channel or (), add_channel or ()
    if not (fields or drop or more):
        raise BadInput("nothing to change", hint="give --name, --email, --language, --role, "
                       "--add-channel or --drop-channel")  # fmt: skip

    def edit(now: People) -> Edited:
        return changed(now, contact, fields, drop=drop, add=more)

    _tell(provider, by, edit, seen=seen, dry_run=dry_run, as_json=as_json)


@app.command(epilog=example("kmop contact remove 0566.988.259 2 --by admin:els"))
def remove(
    provider: Provider,
    contact: Place,
    *,
    by: By,
    seen: Seen = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take a person off the list; those behind move up one number."""

    def edit(now: People) -> Edited:
        return removed(now, contact)

    _tell(provider, by, edit, seen=seen, dry_run=dry_run, as_json=as_json)


@app.command(
    epilog=example("kmop contact mute 0566.988.259 1 --ladder renewal --by provider:acme")
)
def mute(
    provider: Provider,
    contact: Place,
    *,
    by: By,
    ladder: Ladders = None,
    seen: Seen = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Switch reminders off for a person, as long as another one reads them.

    A registration's end and decisions about it are told in any case, and so is everything that
    nobody else would read.
    """
    if not ladder:
        raise BadInput("which reminders?", hint="give --ladder, such as --ladder renewal")
    wanted = frozenset(ladder)

    def edit(now: People) -> Edited:
        return switched(now, contact, wanted, off=True)

    alone = _tell(provider, by, edit, seen=seen, dry_run=dry_run, as_json=as_json)
    if alone and not as_json:
        say("there is no other contact: mail is sent as before until one is added")


@app.command(epilog=example("kmop contact unmute 0566.988.259 1 --by provider:acme"))
def unmute(
    provider: Provider,
    contact: Place,
    *,
    by: By,
    ladder: Ladders = None,
    seen: Seen = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Switch reminders on again for a person: those named, or all."""

    def edit(now: People) -> Edited:
        off = now[contact - 1].muted if contact <= len(now) else ()
        return switched(now, contact, ladder or off, off=False)

    _tell(provider, by, edit, seen=seen, dry_run=dry_run, as_json=as_json)


def _tell(
    provider: str,
    by: str,
    edit: people.Edit,
    *,
    dry_run: bool,
    as_json: bool,
    seen: int | None = None,
) -> bool:
    """Carry a change out and say what it was; return whether the main contact is alone."""
    house, actor = bootstrap.house(), Actor.parse(by)
    done = people.change(house, provider, actor, edit, seen=seen, dry_run=dry_run)
    if as_json:
        put_json(done.as_json())
    else:
        put(f"{done.enterprise}: {done.what or 'everything is so already'}")
        if done.dry_run:
            say("dry run: nothing was written")
    return done.alone
