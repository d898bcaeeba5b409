"""Where everybody but the provider is reached: the rule book's lists and two settings."""

from __future__ import annotations

from dataclasses import dataclass

from kmop_lifecycle.domain.attempt import known_as
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.ports import Clock, Recipient

_LANGUAGE = "nl"  # the working language of bureaus and authority


@dataclass(frozen=True, slots=True)
class RulePostbook:
    """Look up `bureau:DNV`, `auditor:an`, `authority` and `admin`."""

    rules: RuleBook
    clock: Clock
    authority_email: str
    admin_email: str

    def address(self, recipient: str) -> Recipient | None:
        """Return where a recipient is reached; None if unknown."""
        role, _, name = recipient.partition(":")
        match role:
            case "bureau":
                email, greeted = self._bureau(name)
            case "auditor":
                email, greeted = self._auditor(name), name
            case "authority":
                email, greeted = self.authority_email, ""
            case "admin":
                email, greeted = self.admin_email, ""
            case _:
                email = greeted = ""
        return Recipient(email, _LANGUAGE, greeted) if email else None

    def _bureau(self, name: str) -> tuple[str, str]:
        """Find a bureau, also one that is no longer appointed: its cases may still run."""
        today = self.clock.today()
        for version in reversed(self.rules.bureaus.versions):
            for bureau in version.value if version.start <= today else ():
                if known_as(name, bureau) and bureau.email:
                    return bureau.email, bureau.name
        return "", name

    def _auditor(self, name: str) -> str:
        listed = self.rules.auditors.on(self.clock.today()).value
        return next((auditor.email for auditor in listed if auditor.name == name), "")
