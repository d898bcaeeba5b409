"""Writes config/examples/providers.csv: 520 fictional providers, the same ones every time.

`python -m tests.make_examples`. Nobody real is in it: enterprise numbers come from ranges that are
not handed out, bank accounts from a bank that does not exist, mail goes to the .example domain.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

from kmop_lifecycle.adapters.applications import COLUMNS
from kmop_lifecycle.domain.calendar import months_later

TARGET = Path(__file__).parents[1] / "config" / "examples" / "providers.csv"
SEED = 520
APPLICATIONS, ADOPTIONS, STARTERS = 280, 240, 45  # the starters are among the adoptions
FIRST, LAST = date(2026, 1, 5), date(2026, 11, 16)  # of the applications
NARROW = date(2026, 2, 1)  # from here on advice is only for cybersecurity
THEMES = (
    "bedrijfsstrategie",
    "beroepsspecifieke competenties",
    "digitalisering",
    "duurzaamheid",
    "financiële geletterdheid",
    "innovatie",
    "internationalisering",
    "personeelsmanagement",
)
BUREAUS = (
    "BQA",
    "Brand Compliance",
    "Bureau Veritas",
    "CertUp",
    "DNV",
    "Kiwa",
    "LRQA",
    "Vinçotte",
)
FIRST_WORDS = (
    "Zilver Blauw Noorder Wester Oever Linde Berken Duin Polder Kouter Meers Leem Krijt Vlas "
    "Hoppe Wilgen Toren Haven Sluis Brug Molen Linnen Kant Klaver Distel Reiger Zwaluw Kievit "
    "Ekster Merel"
)
SECOND_WORDS = "brug veld hof kring spoor wijzer werf lab huis baken punt nest stroom ster"
TRADES = (
    "Opleidingen",
    "Advies",
    "Academie",
    "Coaching",
    "Leerhuis",
    "Consult",
    "Training",
    "Kenniscentrum",
)
FORMS = ("BV", "BV", "BV", "NV", "CV", "VZW")
GIVEN = (
    "An Bert Céline Dries Els Fatima Geert Hanne Ilse Joris Kaat Lotte Mehdi Nele Olivier Petra "
    "Rik Sofie Tom Ulrike Veerle Wim Yasmine Zeno"
)
FAMILY = (
    "Vanderlinden Peetermans Maesen Janssoone Lemmensdael Wouterloot Dupréval Lambertin "
    "Claesens Goosdonk Hermansdal Vlaeminckx Rosseelaer Mertensoone Cooremanspoel Baertvelt"
)


def _checked(eight: int) -> str:
    """Give eight digits their two check digits."""
    return f"{eight:08d}{97 - eight % 97:02d}"


def _iban(rng: Random) -> str:
    """Make an account at bank 999, which does not exist."""
    account = 9_990_000_000 + rng.randrange(10_000_000)
    bban = f"{account:010d}{account % 97 or 97:02d}"
    return f"BE{98 - int(bban + '111400') % 97:02d}{bban}"  # 111400: B, E and 00 as digits


def _slug(name: str) -> str:
    """Write a name as it could stand in an address."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "-".join(plain.lower().split())


def _names(rng: Random) -> Iterator[str]:
    """Yield company names, none twice."""
    seen: set[str] = set()
    while True:
        stem = rng.choice(FIRST_WORDS.split()) + rng.choice(SECOND_WORDS.split())
        name = f"{stem} {rng.choice(TRADES)}"
        if name not in seen:
            seen.add(name)
            yield f"{name} {rng.choice(FORMS)}"


def _numbers(rng: Random) -> Iterator[str]:
    """Yield enterprise numbers, none twice, from two ranges that are not handed out."""
    ranges = (range(100_000, 1_900_000), range(19_000_000, 19_900_000))
    bases = [base for numbers in ranges for base in rng.sample(numbers, 400)]
    rng.shuffle(bases)
    yield from map(_checked, bases)


def _between(rng: Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randrange((last - first).days + 1))


class _Maker:
    """One stream of chance for all providers, so that the same file comes out every time."""

    def __init__(self) -> None:
        self.rng = Random(SEED)
        self.names, self.numbers = _names(self.rng), _numbers(self.rng)
        self.registered = 0

    def provider(self, advice: tuple[str, ...]) -> dict[str, object]:
        """Return who it is, whatever it asks for."""
        rng, name = self.rng, next(self.names)
        house = _slug(name.rpartition(" ")[0])  # without the legal form
        given, family = rng.choice(GIVEN.split()), rng.choice(FAMILY.split())
        services = rng.choices(("training", "advice", "both"), (60, 15, 25))[0]
        training = "" if services == "advice" else "|".join(self._themes(THEMES))
        unit = _checked(rng.randrange(20_000_000, 89_999_999))
        return {
            "name": name,
            "enterprise_number": next(self.numbers),
            "iban": _iban(rng),
            "establishment_units": unit if rng.random() < 0.3 else "",
            "training_themes": training,
            "advice_themes": "" if services == "training" else "|".join(self._themes(advice)),
            "sites": rng.choices((1, 2, 3, 5), (80, 12, 6, 2))[0],
            "business_units": rng.choices((1, 2, 4), (85, 12, 3))[0],
            "bureau": rng.choice(BUREAUS),
            "contact_name": f"{given} {family}",
            "contact_email": f"{_slug(given)}.{_slug(family)}@{house}.example",
            "contact_language": rng.choices(("nl", "fr", "en"), (75, 15, 10))[0],
        }

    def _themes(self, known: tuple[str, ...]) -> list[str]:
        return sorted(self.rng.sample(known, self.rng.randint(1, min(3, len(known)))))

    def size(self, kind: str, day: date) -> dict[str, object]:
        """Return age and files: a starter is young and has few."""
        rng = self.rng
        if kind == "starter":
            since = _between(rng, months_later(day, -34), months_later(day, -2))
            return {"active_since": since, "kmop_files": rng.randrange(20), "years_of_history": 0}
        years = rng.randint(3, 25)
        eldest = months_later(day, -12 * years - 12)
        return {
            "active_since": _between(rng, eldest, months_later(day, -12 * years)),
            "kmop_files": rng.choice((0, 4, 12, 20, 21, 45, 80, 100, 150, 320, 501, 900)),
            "years_of_history": min(years, rng.randint(0, 10)),
        }

    def application(self, day: date) -> dict[str, object]:
        """Return somebody who applies on a day."""
        rng = self.rng
        kind = rng.choices(("basic", "exemption", "starter"), (45, 25, 30))[0]
        row = self.provider(THEMES if day < NARROW else ("cybersecurity",))
        row |= {"kind": kind, "applied_on": day} | self.size(kind, day)
        if kind == "exemption":
            scheme = rng.choice(("iso9001", "qfor"))
            row |= {
                "exemption_scheme": scheme,
                "exemption_number": f"{scheme.upper()}-{rng.randrange(10_000, 99_999)}",
                "exemption_valid_until": _between(rng, day + timedelta(60), months_later(day, 36)),
            }
        for papers in ("declaration_signed_on", "knowledge_test_passed_on"):
            if rng.random() < 0.6:
                row[papers] = day - timedelta(days=rng.randrange(20))
        return row

    def adoption(self, kind: str, *, newest: bool) -> dict[str, object]:
        """Return somebody whose registration began before this system."""
        rng = self.rng
        months = 24 if kind == "starter" else 60
        first = date(2026, 1, 1) if newest else months_later(date(2026, 1, 31), -months)
        begun = _between(rng, first, FIRST - timedelta(days=1))
        row = self.provider(THEMES)
        row |= {"kind": kind, "valid_from": begun, "valid_until": months_later(begun, months)}
        row |= self.size(kind, begun)
        self.registered += rng.randint(1, 9)
        for service, letter in (("training", "O"), ("advice", "A")):
            if row[f"{service}_themes"]:
                row[f"{service}_number"] = f"DV.{letter}{200_000 + self.registered}"
        return row


def rows() -> list[dict[str, object]]:
    """Return all providers: first those of before, then the applications by date."""
    maker = _Maker()
    kinds = ["starter"] * STARTERS + ["basic", "exemption"] * ((ADOPTIONS - STARTERS + 1) // 2)
    wanted = enumerate(kinds[:ADOPTIONS])
    adopted = [maker.adoption(kind, newest=n % 30 == 0) for n, kind in wanted]
    days = sorted(_between(maker.rng, FIRST, LAST) for _ in range(APPLICATIONS))
    days[0], days[-1] = FIRST, LAST
    return adopted + [maker.application(day) for day in days]


def text() -> str:
    """Return the file's content."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows())
    return out.getvalue()


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
