"""What people read before they click: what a form does, who may, from where, and the boards."""

from __future__ import annotations

from flows.asked import who_may
from flows.links import LINKS
from kmop_lifecycle.domain.lifecycle import STEPS, Trigger
from kmop_lifecycle.domain.render import mermaid

_CLICK = (
    "**Click** *Run* → *Custom run* and fill in the form. The run ends as *Completed* with the "
    "state that the case has reached, or as *Failed* with the rule that refuses and the way out; "
    "what is refused has changed nothing."
)


def step(trigger: Trigger, purpose: str) -> str:
    """Describe the form of a step; the states it starts from are marked in the picture."""
    sources = frozenset().union(*(step.sources for step in STEPS if step.trigger is trigger))
    start = f"\n\n**From**: {', '.join(sorted(sources))}." if sources else ""
    may = ", ".join(who_may(trigger))
    picture = f"```mermaid\n{mermaid(*sources)}```"
    return f"{purpose}\n\n**Who may**: {may}.{start}\n\n{_CLICK}\n\n{LINKS}\n\n{picture}"


def clockwork(purpose: str, click: str) -> str:
    """Describe what runs by the clock, and what it does for who presses the button."""
    return f"{purpose}\n\n**Click** *Run* → *Quick run* {click}\n\n{LINKS}"
