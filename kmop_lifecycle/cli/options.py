"""Options that several commands share, so that each means the same everywhere."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import typer

from kmop_lifecycle.domain.errors import BadInput

Language = Literal["nl", "fr", "en"]


def read_day(text: str) -> date:
    """Read a date from the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text[:40]!r} is not a date", hint="write 2026-01-31") from None


AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Decide everything, write nothing.")]
Effective = Annotated[
    date | None,
    typer.Option("--on", parser=read_day, metavar="DATE", help="Effective date [default: today]."),
]
AsOf = Annotated[
    date | None,
    typer.Option("--on", parser=read_day, metavar="DATE", help="As of this day [default: today]."),
]
By = Annotated[
    str, typer.Option("--by", metavar="ROLE:NAME", help="Who acts, such as auditor:an.")
]
Key = Annotated[
    str, typer.Option("--key", help="Idempotency key: repeated, it gives the first answer again.")
]
Lang = Annotated[Language, typer.Option("--lang", help="Language of the explanations.")]
CaseNumber = Annotated[str, typer.Argument(metavar="CASE", help="Number, such as 2026-000001.")]
