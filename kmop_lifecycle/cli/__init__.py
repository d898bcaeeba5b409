"""`kmop`, the command line: one line per failure, and an exit code that says what to do.

0 done · 1 some items failed · 2 usage · 3 refused by a rule · 4 conflict · 5 not found ·
6 configuration · 7 integrity · 75 try again · 70 a defect of this program · 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import Any

from kmop_lifecycle.cli.program import UsageError, program
from kmop_lifecycle.domain.errors import BadInput, LifecycleError

_DEFECT = 70  # EX_SOFTWARE
_INTERRUPTED = 130  # as a shell reports SIGINT
_NOBODY_READS = 141  # as a shell reports SIGPIPE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = [*(sys.argv[1:] if arguments is None else arguments)]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without → is no reason to fail
    try:
        _readable(args)
        code = program().main(args=args, prog_name="kmop", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        return _quietly()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001  # whatever it is, it ends as one line
        return _fail(error, as_json="--json" in args)
    return code if isinstance(code, int) else 0


def _readable(args: Sequence[str]) -> None:
    """Refuse bytes that are no text: no database has room for them."""
    if any("\udc80" <= sign <= "\udcff" for arg in args for sign in arg):
        raise BadInput("an argument is not UTF-8 text", hint="set the terminal to UTF-8")


def _fail(error: Exception, *, as_json: bool) -> int:
    """Say in one line what went wrong and what to do about it."""
    if isinstance(error, LifecycleError):
        _tell(error.code, error.message, error.hint, as_json=as_json)
        return error.exit_code
    if isinstance(error, UsageError):
        return _misused(error, as_json=as_json)
    if os.environ.get("KMOP_DEBUG") == "1":
        traceback.print_exception(error)
    # Its text may quote names or addresses: only its type is shown.
    _tell(
        "internal error",
        f"{type(error).__name__} (details with KMOP_DEBUG=1)",
        "",
        as_json=as_json,
    )
    return _DEFECT


def _misused(error: Any, *, as_json: bool) -> int:  # noqa: ANN401  # click's error
    """Point at the help page; a bare `kmop` is a question for it."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
    else:
        command = error.ctx.command_path if error.ctx else "kmop"
        _tell("usage", error.format_message(), f"see: {command} --help", as_json=as_json)
    return int(error.exit_code)


def _tell(code: str, message: str, hint: str, *, as_json: bool) -> None:
    line, way_out = (" ".join(text.split()) for text in (message, hint))
    with suppress(BrokenPipeError):
        if as_json:
            what = {"code": code.replace(" ", "_"), "message": line, "hint": way_out}
            print(json.dumps(what, ensure_ascii=False))  # noqa: T201
            sys.stdout.flush()
            return
        print(f"{code}: {line}", file=sys.stderr)  # noqa: T201
        if way_out:
            print(f"→ {way_out}", file=sys.stderr)  # noqa: T201


def _quietly() -> int:
    """Leave Python nothing to complain about when it flushes at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _NOBODY_READS
