"""Two scores per indicator, and the verdict they propose (specification §4)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kmop_lifecycle.domain.commands import Verdict
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.rulebook import Kind, Norm

LETTERS = "BGTV"  # limited, partial, sufficient, complete
_ALL = re.compile(r"all\s+([BGTV])(?:\s+except\s+\{(.*)\})?", re.DOTALL)
_PAIR = 2  # conformity, then evidence


def applicable(norm: Norm, kind: Kind) -> tuple[str, ...]:
    """Return the codes of the indicators that this kind of audit must score."""
    exempt = norm.exempt.get(kind, frozenset())
    return tuple(i.code for i in norm.indicators if i.code not in exempt)


def read_scores(given: str | Mapping[str, str], codes: tuple[str, ...]) -> dict[str, str]:
    """Return scores by indicator; `all T except {E1: GT}` fills the applicable ones.

    A single letter stays single: it is one score where two are asked. BadInput for other letters.
    """
    scores: dict[str, str] = {}
    if isinstance(given, str):
        if not given.strip():
            return {}
        match = _ALL.fullmatch(given.strip())
        if match is None:
            raise _unreadable(given)
        scores = dict.fromkeys(codes, match[1] * _PAIR)
        given = _pairs(match[2] or "")
    for code, letters in given.items():
        if not set(letters) <= set(LETTERS) or len(letters) > _PAIR:
            raise _unreadable(f"{code}: {letters}")
        scores[code] = letters
    return scores


def _pairs(text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for part in filter(str.strip, text.split(",")):
        code, colon, letters = part.partition(":")
        if not colon:
            raise _unreadable(part)
        pairs[code.strip()] = letters.strip().strip("\"'")
    return pairs


def _unreadable(text: str) -> BadInput:
    return BadInput(
        f"data.scores: {text[:80]!r} is not a score",
        hint="write 'all T', 'all T except {E1: GT}' or a table such as {A1: TT, A2: GT}; "
        "letters: B, G, T, V; conformity first, then evidence",
    )


def incomplete(scores: Mapping[str, str], codes: tuple[str, ...]) -> list[str]:
    """Return the applicable indicators that lack one or both scores."""
    return [code for code in codes if len(scores.get(code, "")) != _PAIR]


def proposal(scores: Mapping[str, str]) -> Verdict:
    """Return what the scores propose: any B fails, any G is repairable, else all is met."""
    letters = "".join(scores.values())
    if "B" in letters:
        return Verdict.FAIL
    return Verdict.CORRECTIVE if "G" in letters else Verdict.PASS
