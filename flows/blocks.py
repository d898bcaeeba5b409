"""The house of a flow run: the secrets that lie in blocks of Prefect are read for it."""

from __future__ import annotations

from typing import Any

import httpx
from prefect.blocks.system import Secret
from prefect.exceptions import PrefectHTTPStatusError

from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.errors import TryAgain
from kmop_lifecycle.service.house import House


def house() -> House:
    """Return the house with every secret read; an error names setting and block, no value."""
    return bootstrap.house(blocks=held)


def held(block: str) -> object:
    """Return what a Secret block holds; None when there is none of that name."""
    try:
        # Asked for on purpose: within a running loop `load` alone would return a coroutine.
        kept: Secret[Any] = Secret.load(block, _sync=True)  # type: ignore[assignment, call-arg]
    except ValueError:  # Prefect's answer to a name it does not know
        return None
    except (httpx.TransportError, PrefectHTTPStatusError, RuntimeError) as error:
        raise TryAgain(
            f"Prefect does not hand out the Secret block {block}: {type(error).__name__}",
            hint="see whether its server answers, and PREFECT_API_AUTH_STRING",
        ) from None
    return kept.value.get_secret_value()  # `get` would make a number of "0123"
