"""Ask the domain once for all cases that are alike, and remember its answer for one sweep."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from kmop_lifecycle.domain.case import Case, Due
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.likeness import likeness
from kmop_lifecycle.domain.passing import Plan, plan
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.agenda import Taken
from kmop_lifecycle.service.ports import UnitOfWork

_KEPT = 4_000  # plans; neighbours in the order of cases are alike more often than others
_log = logging.getLogger(__name__)

Work = list[tuple[Plan, Sequence[Taken]]]


class Plans:
    """What time does today to each kind of case."""

    def __init__(self, rules: RuleBook, today: date) -> None:
        self._rules, self._today = rules, today
        self._known: dict[str, Plan | None] = {}
        self._said: set[str] = set()

    def share_out(self, uow: UnitOfWork, taken: Iterable[Taken]) -> tuple[Work, list[Taken]]:
        """Return the cases by plan, and those that have to be decided one by one."""
        groups: defaultdict[str, list[Taken]] = defaultdict(list)
        for one in taken:
            groups[one.likeness].append(one)
        alone = groups.pop("", [])
        self._learn(uow, groups)
        work: Work = []
        for name, members in groups.items():
            if (known := self._known[name]) is None:
                alone += members
            else:
                work.append((known, members))
        return work, sorted(alone)

    def _learn(self, uow: UnitOfWork, groups: Mapping[str, list[Taken]]) -> None:
        """Ask for one case of each kind that is new."""
        if len(self._known) > _KEPT:
            self._known.clear()
        new = {group[0].number: name for name, group in groups.items() if name not in self._known}
        if not new:
            return
        coming = uow.planned(list(new))
        for case in uow.get_many(list(new)):
            self._known[new[case.number]] = self._plan(case, new[case.number], coming[case.number])

    def _plan(self, case: Case, name: str, coming: Sequence[Due]) -> Plan | None:
        if likeness(case, self._rules, coming) != name:  # from another rule book or program
            return None
        try:
            return plan(case, self._rules, self._today, coming)
        except (LifecycleError, LookupError, ValueError) as reason:
            self._say_once(case, reason)
            return None

    def _say_once(self, case: Case, reason: Exception) -> None:
        said = type(reason).__name__
        if said not in self._said:
            self._said.add(said)
            about = {"case": case.number}
            _log.warning("cases like %s are swept one by one: %s", case.number, said, extra=about)
