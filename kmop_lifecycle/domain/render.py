"""The page as pictures and tables: Mermaid, Markdown; README's block is made here."""

from __future__ import annotations

from kmop_lifecycle.domain.guards import GUARDS
from kmop_lifecycle.domain.lifecycle import CLOCK, ENDED, STEPS, Role, State, Step


def mermaid(*marked: State | None) -> str:
    """Return the lifecycle as a Mermaid state diagram, some states marked: where a case stands.

    Steps that leave the state as it is are left out: they would hide the way.
    """
    lines = ["stateDiagram-v2", "    direction TB"]
    arrows: dict[tuple[str, str], list[str]] = {}
    for step in STEPS:
        if step.to is None:
            continue
        for source in [str(s) for s in State if s in step.sources] or ["[*]"]:
            labels = arrows.setdefault((source, str(step.to)), [])
            if str(step.trigger) not in labels:
                labels.append(str(step.trigger))
    lines += [f"    {a} --> {b}: {' / '.join(labels)}" for (a, b), labels in arrows.items()]
    lines += [f"    {state} --> [*]" for state in State if state in ENDED]
    if any(marked):
        lines += [
            "    classDef now fill:#ffd54f,stroke:#333,color:#000",
            f"    class {','.join(str(s) for s in State if s in marked)} now",
        ]
    return "\n".join(lines) + "\n"


def _who(step: Step) -> str:
    clock = dict(CLOCK)
    names = [f"{role} (`{clock[step.trigger]}`)" if role is Role.SYSTEM and step.trigger in clock
             else str(role) for role in step.by]  # fmt: skip
    return ", ".join(names)


def _condition(name: str) -> str:
    words = (GUARDS[name].__doc__ or name).splitlines()[0].rstrip(".")
    return words[0].lower() + words[1:] if not words[:3].isupper() else words


def table() -> str:
    """Return the lifecycle as a Markdown table: one line per row of the page."""
    lines = ["| Trigger | From | To | Who | Only if |", "|---|---|---|---|---|"]
    for step in STEPS:
        sources = ", ".join(str(s) for s in State if s in step.sources) or "-"
        target = str(step.to) if step.to else "(unchanged)"
        conditions = "; ".join(_condition(name) for name in step.only_if) or "-"
        lines.append(f"| `{step.trigger}` | {sources} | {target} | {_who(step)} | {conditions} |")
    return "\n".join(lines) + "\n"


def readme_block() -> str:
    """Return what README shows between its two marks."""
    return f"```mermaid\n{mermaid()}```\n\n{table()}"
