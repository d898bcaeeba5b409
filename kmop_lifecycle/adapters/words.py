"""The words of the three languages, read once from `config/templates`, and dates in words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kmop_lifecycle.domain.errors import ConfigurationError

LANGUAGES = ("nl", "fr", "en")  # the first one is spoken with whoever asked for another
TEMPLATES = Path(__file__).resolve().parents[2] / "config" / "templates"
_PHRASES_KEPT = 2048
_DAYS = 4096  # dates in words that are kept: the mails of one day name few
_LOCALES = {"nl": "nl_BE", "fr": "fr_BE", "en": "en_GB"}
# Control characters, and the marks that turn the reading direction or join and hide letters.
_INVISIBLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
_PHRASES = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, autoescape=False
)  # plain text; the HTML layout escapes


def spoken(language: str) -> str:
    """Return a language that has words: the one asked for, else the first."""
    return language if language in LANGUAGES else LANGUAGES[0]


@cache
def read(path: Path) -> Mapping[str, Any]:
    """Read one file of words."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}") from error


@cache
def words(file: str, language: str, where: Path = TEMPLATES) -> Mapping[str, Any]:
    """Return a language's words from one of its files."""
    return read(where / spoken(language) / f"{file}.toml")


def word(table: Mapping[str, Any], *keys: str) -> Any:  # noqa: ANN401  # a text, a pair or a table
    """Follow the keys into a table of words."""
    found: Any = table
    for key in keys:
        if not isinstance(found, Mapping) or key not in found:
            raise ConfigurationError(
                f"there are no words for {'.'.join(keys)!r}",
                hint="add them under config/templates, in every language",
            )
        found = found[key]
    return found


@lru_cache(_PHRASES_KEPT)
def phrase(text: str, **values: str) -> str:
    """Fill a phrase; what is filled in is text and nothing else, whatever it looks like."""
    try:
        return str(_phrase(text).render(**values))
    except TemplateError as error:
        raise ConfigurationError(f"the words {text[:60]!r} do not fit: {error}") from error


@cache
def _phrase(text: str) -> Any:  # noqa: ANN401
    return _PHRASES.from_string(text)


def label(kind_of_word: str, key: str, language: str, where: Path = TEMPLATES) -> str:
    """Return the name of a state, role, kind, service, trigger, ladder or paper."""
    return str(word(words("labels", language, where), kind_of_word, key))


@lru_cache(_DAYS)
def long_date(day: date, language: str) -> str:
    """Write a date in words: `16 maart 2028`."""
    text = format_date(day, "long", locale=_LOCALES[spoken(language)])
    return f"1er{text[1:]}" if language == "fr" and day.day == 1 else text


@lru_cache(_DAYS)
def short_date(day: date, language: str) -> str:
    """Write a date in words short enough for a subject: `16 mrt 2028`."""
    text = format_date(day, "medium", locale=_LOCALES[spoken(language)])
    return f"1er{text[1:]}" if language == "fr" and day.day == 1 else text


def tidy(text: str, limit: int = 120) -> str:
    """Make one short visible line of whatever somebody gave as a name."""
    line = " ".join(_INVISIBLE.sub(" ", text[: 4 * limit]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
