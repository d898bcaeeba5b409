"""A real SMTP server on this machine that keeps every message in memory and delivers none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self, cast

from aiosmtpd.controller import Controller


@dataclass(frozen=True, slots=True)
class Caught:
    """One message as it arrived, with the recipients of its envelope."""

    message: EmailMessage
    sender: str
    recipients: tuple[str, ...]


class _FreePort(Controller):
    """Listen on a port that the system chose; aiosmtpd by itself would then knock at port 0."""

    def _trigger_server(self) -> None:
        listening = cast("asyncio.Server", self.server)
        self.port = listening.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd's own


class MailCatcher:
    """`with MailCatcher() as mail:` listens on 127.0.0.1 and a free port.

    `answer` may refuse a recipient: it gives the server's answer to RCPT, or nothing to accept.
    """

    def __init__(
        self,
        answer: Callable[[str], str | None] | None = None,
        **options: Any,  # noqa: ANN401  # aiosmtpd's
    ) -> None:
        self.caught: list[Caught] = []
        self._answer = answer
        self._controller = _FreePort(self, hostname="127.0.0.1", port=0, **options)

    @property
    def host(self) -> str:
        """Where it listens."""
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """On which port, once it has begun."""
        return int(self._controller.port)

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._controller.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop and close the port."""
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self,
        _server: object,
        _session: object,
        envelope: Any,  # noqa: ANN401
        address: str,
        _options: object,
    ) -> str:
        """Accept a recipient unless told otherwise."""
        if self._answer is not None and (answer := self._answer(address)):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802, ANN401
        """Keep the message."""
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        to = tuple(envelope.rcpt_tos)
        self.caught.append(Caught(parsed, envelope.mail_from or "", to))
        return "250 OK"
