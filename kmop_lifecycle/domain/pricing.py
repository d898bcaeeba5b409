"""What an audit costs: hours by kind and size, times the rate of the application date.

Nothing else is ever charged (specification §4). Never per full-time equivalent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.rulebook import Kind, RuleBook

_BOTH = 2


@dataclass(frozen=True, slots=True)
class Quote:
    """One audit's price; amounts in cents, hours in hours."""

    kind: Kind
    hours: int
    onsite_hours: Decimal
    office_hours: Decimal
    rate_cents: int
    rate_from: date
    excl_cents: int
    vat_percent: Decimal
    incl_cents: int

    @property
    def vat_cents(self) -> int:
        """The VAT alone."""
        return self.incl_cents - self.excl_cents


def euros(cents: int) -> str:
    """Write cents as `3082.40`."""
    return f"{cents // 100}.{cents % 100:02d}"


def hours(case: Case, kind: Kind, rules: RuleBook) -> int:
    """Return the hours the time grid asks for this kind and size."""
    grid = rules.hours.on(case.rules_on).value
    files = max((s.hours for s in grid.files if case.kmop_files > s.above), default=0)
    return (
        grid.base[kind]
        + (grid.second_service if len(case.services) == _BOTH else 0)
        + grid.extra_site * max(0, case.sites - 1)
        + grid.extra_business_unit * max(0, case.business_units - 1)
        + files
    )


def quote(case: Case, rules: RuleBook, kind: Kind | None = None) -> Quote:
    """Return the quote for a case's audit, or for another kind (the starter's follow-up)."""
    asked = kind or case.kind
    version = rules.rates.on(case.rules_on)
    share = Decimal(rules.hours.on(case.rules_on).value.onsite_percent) / 100
    total = hours(case, asked, rules)
    rate = version.value.bureaus.get(case.bureau, version.value.cents)
    excl = total * rate
    incl = Decimal(excl) * (100 + version.value.vat_percent) / 100
    return Quote(
        kind=asked,
        hours=total,
        onsite_hours=total * share,
        office_hours=total - total * share,
        rate_cents=rate,
        rate_from=version.start,
        excl_cents=excl,
        vat_percent=version.value.vat_percent,
        incl_cents=int(incl.quantize(Decimal(1), ROUND_HALF_UP)),
    )


def quotes(case: Case, rules: RuleBook) -> tuple[Quote, ...]:
    """Return all audits a case will pay for: a starter's second one comes after two years."""
    first = quote(case, rules)
    if case.kind is not Kind.STARTER:
        return (first,)
    return (first, quote(case, rules, Kind.FOLLOW_UP))
