"""Take over a registration that began before this system, by form."""

from __future__ import annotations

from functools import partial

from flows import described
from flows.asked import actors
from flows.drawn import drawn
from flows.forms import AdoptionForm, ask
from flows.opening import opened
from kmop_lifecycle.domain.lifecycle import Trigger

adopt_registration = drawn(
    "adopt_registration",
    "adoption",
    described.step(
        Trigger.ADOPT,
        "Takes over a registration that began before this system. The form is removed from the "
        "run.",
    ),
    {
        "application": (
            AdoptionForm,
            ask(0, "It is removed from this run before the run ends", title="Registration"),
        ),
        **actors(Trigger.ADOPT),
    },
    partial(opened, Trigger.ADOPT),
)
