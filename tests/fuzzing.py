"""Fuzz every parser for a time, guided by what each input reaches: `python -m tests.fuzzing`.

Each door of `tests.doors` has a process of its own, under Atheris (`pip install -e '.[fuzz]'`; CI
does without). Printed are the inputs tried and what each door did wrong, one kind of finding once;
the input that did it is kept in the folder of `--to`. It ends with 1 when there is a finding.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

SLOW = 20  # seconds for one input: a parser that takes longer can be made to hang
MEMORY = 2_048  # MiB
LARGEST = 8_192  # bytes of an input
FOLLOWED = ("kmop_lifecycle", "flows", "yaml", "tomllib", "openpyxl.worksheet._reader")
UNITS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


@dataclass(frozen=True)
class Tried:
    """What became of one door."""

    door: str
    inputs: int
    findings: list[str]


def alone(door: str, seconds: int, to: Path) -> None:
    """Fuzz one door in this process until the time is up; it does not return."""
    import atheris  # noqa: PLC0415 - no dependency of the program or its tests

    with atheris.instrument_imports(include=list(FOLLOWED), enable_loader_override=False):
        from tests.doors import DOORS  # noqa: PLC0415 - followed from its import on

    work = Path(tempfile.mkdtemp(prefix="kmop-fuzz-"))
    corpus, seen = work / "corpus", set[str]()
    corpus.mkdir()
    for number, seed in enumerate(DOORS[door].seeds()):
        (corpus / str(number)).write_bytes(seed)

    def one(content: bytes) -> None:
        try:
            DOORS[door].take(content, work)
        except Exception as finding:  # noqa: BLE001 - whatever it is, it is one, and others follow
            place = traceback.extract_tb(finding.__traceback__)[-1]
            kind = f"{type(finding).__name__} in {Path(place.filename).name}:{place.lineno}"
            if kind not in seen:
                seen.add(kind)
                keep(to, door, kind, content)

    options = {"max_total_time": seconds, "timeout": SLOW, "rss_limit_mb": MEMORY}
    options |= {"max_len": LARGEST, "print_final_stats": 1, "verbosity": 1}
    words = [f"-{name}={value}" for name, value in options.items()]
    os.chdir(to)  # where it keeps an input that hangs or takes all memory
    atheris.Setup([sys.argv[0], *words, f"-artifact_prefix={to}/{slug(door)}-", str(corpus)], one)
    atheris.Fuzz()


def slug(door: str) -> str:
    return re.sub(r"\W+", "-", door)


def keep(to: Path, door: str, kind: str, content: bytes) -> None:
    """Write an input down beside what it did."""
    name = f"{slug(door)}-{sha256(kind.encode()).hexdigest()[:8]}"
    (to / name).write_bytes(content)
    (to / f"{name}.txt").write_text(kind + "\n", encoding="utf-8")


def tried(door: str, seconds: int, to: Path) -> Tried:
    """Fuzz one door in a process of its own."""
    log = to / f"{slug(door)}.log"
    with log.open("w") as said:
        ended = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "tests.fuzzing", "--alone", door, "--seconds", str(seconds),
             "--to", str(to)],
            stdout=said, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    text = log.read_text(errors="replace")
    units = UNITS.findall(text)
    findings = [f.read_text().strip() for f in sorted(to.glob(f"{slug(door)}-*.txt"))]
    if ended.returncode:  # too slow, too large, or it fell
        findings.append(next(iter(re.findall(r"ERROR: .*", text)), f"it ended: {text[-300:]}"))
    return Tried(door, int(units[-1]) if units else 0, findings)


def main(words: Sequence[str] | None = None) -> int:
    """Fuzz some doors, or all."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=int, default=60, help="for each door")
    asked.add_argument("--jobs", type=int, default=1, help="doors at the same time")
    asked.add_argument("--to", type=Path, default=None, help="where findings are kept")
    asked.add_argument("--only", action="append", help="one door; say it again for another")
    asked.add_argument("--alone", help=argparse.SUPPRESS)
    said = asked.parse_args(words)
    to = Path(said.to or tempfile.mkdtemp(prefix="kmop-findings-")).absolute()
    to.mkdir(parents=True, exist_ok=True)
    if said.alone:
        alone(said.alone, said.seconds, to)
    from tests.doors import DOORS  # noqa: PLC0415 - a process that fuzzes follows its import

    unknown = set(said.only or ()) - set(DOORS)
    if unknown:
        asked.error(f"there is no door {min(unknown)!r}: one of {', '.join(DOORS)}")
    with ThreadPoolExecutor(said.jobs) as pool:
        results = pool.map(lambda door: tried(door, said.seconds, to), said.only or [*DOORS])
        wrong = 0
        for result in results:
            found = "; ".join(result.findings) or "-"
            sys.stdout.write(f"{result.door:<26}{result.inputs:>12,}  {found}\n")
            sys.stdout.flush()
            wrong += bool(result.findings) or not result.inputs
    sys.stdout.write(f"findings and their inputs: {to}\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
