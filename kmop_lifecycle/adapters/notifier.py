"""The way out to people: one call of Apprise per message and target.

Every target is built here and nowhere else. A mail target is handed to Apprise as values, never as
a URL put together from text, so an address can bring no second recipient and no option along; what
Apprise made of it is compared with what was asked before anything is sent, and the line to the
mail server is told that one mailbox and no other.
"""

from __future__ import annotations

import mimetypes
import re
import warnings
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache, partial
from threading import Lock
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from email_validator import EmailNotValidError, validate_email

from kmop_lifecycle.adapters.letters import MailServer, letter, one_line
from kmop_lifecycle.adapters.mail_line import Lines
from kmop_lifecycle.adapters.outcomes import judge, judge_error
from kmop_lifecycle.adapters.overhearing import Heard, overheard
from kmop_lifecycle.service.ports import Message, Outcome

_MAIL = frozenset({"mailto", "mailtos"})
_ONE_REQUEST = _MAIL | {"json", "jsons"}  # elsewhere a file is one more, which may fail alone
_THIS_MACHINE = frozenset({"dbus", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"})
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]")
_CROWD = re.compile(r"(?i)@(?=(?:all|channel|everyone|here)\b)")
_LOADING = Lock()
_MIN_SECRET = 4
_LINE = 160


class _NoTarget(Exception):
    """An address gives no target to send to."""

    def __init__(self, status: str, answer: str) -> None:
        super().__init__(answer)
        self.outcome = Outcome(status, answer)


class AppriseNotifier:
    """Send one message to one address by Apprise and say what became of it."""

    def __init__(self, mail: MailServer) -> None:
        self._mail = mail
        self._lines = Lines(mail)
        weakref.finalize(self, self._lines.close)  # who sends no more hangs up

    def send(self, address: str, message: Message) -> Outcome:
        """Send to an e-mail address or an Apprise URL; never raise."""
        with overheard() as heard:
            outcome = self._attempt(address, message, heard)
            heard.clear()  # an exception holds its frames, and they hold the message
        if outcome.status == "sent":
            return outcome
        secrets = (self._mail.user, self._mail.password, *_parts(address))
        return replace(outcome, answer=_scrub(outcome.answer, secrets))

    def _attempt(self, address: str, message: Message, heard: Sequence[Heard]) -> Outcome:
        status = "configuration"
        try:
            target = self._target(address, message)
            status = "ambiguous"  # from here on it may have gone out
            if _deliver(target, message):
                return Outcome("sent", "accepted")
            fault = getattr(target, "fault", None)
            return judge_error(fault) if fault is not None else judge(heard)
        except _NoTarget as no:
            return no.outcome
        except Exception as error:  # noqa: BLE001  # the outbox must go on with the next row
            return Outcome(status, f"unforeseen {type(error).__name__}")

    def _target(self, address: str, message: Message) -> Any:  # noqa: ANN401  # one of many plug-ins
        if _UNSAFE.search(address) or _UNSAFE.search(unquote(address)):
            raise _NoTarget("dead", "the address holds spaces or control characters")
        target = _chat(address) if "://" in address else self._mailbox(address, message)
        target.retry = 0  # the outbox tries again, with a memory
        target.redirects = False  # whatever the address says
        for wait in ("socket_connect_timeout", "socket_read_timeout"):
            setattr(target, wait, min(getattr(target, wait), self._mail.timeout_seconds))
        return target

    def _mailbox(self, address: str, message: Message) -> Any:  # noqa: ANN401
        """Make a mail target; the only place that does."""
        wanted, mail = _mailbox_name(address), self._mail
        try:
            text = letter(message, mail, wanted)
        except Exception as error:  # noqa: BLE001  # whatever the message holds, others must go out
            kind = type(error).__name__
            raise _NoTarget("unfit", f"the message cannot be put into form ({kind})") from None
        try:
            target = _mail_plugin()(
                host=mail.host,
                smtp_host=mail.host,  # named, so that Apprise guesses nothing
                port=mail.port,
                from_addr=mail.sender_address,
                targets=[wanted],
                tag=set(),
                asset=_asset(),
            )
        except Exception:  # noqa: BLE001  # as Apprise does when it makes a target itself
            raise _NoTarget("configuration", "the mail server's settings are refused") from None
        if target.targets != [(False, wanted)] or target.cc or target.bcc:
            raise _NoTarget("dead", "the address is not one plain mailbox")
        target.hand_over = partial(self._lines.carry, wanted, text)
        return target


def _mailbox_name(address: str) -> str:
    try:
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise _NoTarget("dead", "not an e-mail address") from None
    if checked.ascii_email is None:
        raise _NoTarget("dead", "the mailbox name has letters that mail servers do not carry")
    return checked.ascii_email


def _chat(address: str) -> Any:  # noqa: ANN401
    """Make a target of an Apprise URL; it must name exactly one."""
    if address.partition("://")[0].strip().lower() in _THIS_MACHINE:
        raise _NoTarget("configuration", "this channel does not leave the machine")
    target = _apprise().Apprise.instantiate(address, asset=_asset())
    if target is None:
        raise _NoTarget("configuration", "not an address that Apprise knows")
    if len(target) != 1 or getattr(target, "cc", None) or getattr(target, "bcc", None):
        raise _NoTarget("configuration", "the address names more than one target")
    return target


def _apprise() -> ModuleType:
    """Load Apprise, by one sender while the others wait: half loaded it fails."""
    with _LOADING:
        return _loaded()


@cache
def _loaded() -> ModuleType:
    """Load Apprise with all its plug-ins: half a second that only who sends has to pay."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what its plug-ins import is theirs
        import apprise  # noqa: PLC0415
        import apprise.attachment.memory  # noqa: PLC0415

        apprise.Apprise.instantiate("json://localhost")
        mimetypes.init()  # it too gives wrong answers to whoever comes while it loads
    return apprise


@cache
def _mail_plugin() -> type:
    """Return Apprise's e-mail plug-in with the letter and the line being ours.

    Its own opens a connection, and reads the CA bundle, for every letter.
    """
    _apprise()
    from apprise.plugins.email.base import NotifyEmail  # noqa: PLC0415

    class Mailbox(NotifyEmail):  # type: ignore[no-untyped-call]  # Apprise has no types
        request_rate_per_sec = 0  # else 5.5 seconds between two messages
        fault: Exception | None = None
        hand_over: Callable[[], None]

        def send(self, *_: object, **__: object) -> bool:
            try:
                self.hand_over()
            except Exception as error:  # noqa: BLE001  # judged by who called
                self.fault = error
            return self.fault is None

    return Mailbox


@cache
def _asset() -> Any:  # noqa: ANN401
    return _apprise().AppriseAsset(
        app_id="kmop-lifecycle",
        app_desc="kmop-lifecycle",
        app_url="",
        async_mode=False,  # in this thread, where it is overheard
        storage_mode="memory",  # nothing is left on the disk
        http_redirects=False,  # what is meant for one host is not carried to another
    )


def _deliver(target: Any, message: Message) -> bool:  # noqa: ANN401
    title = one_line(message.subject)
    if hasattr(target, "hand_over"):  # the letter is made; there is no form left to choose
        return bool(target.notify(body=message.text, title=title))
    apprise, schemas = _apprise(), _schemas(target)
    attach = None
    if message.calendar and schemas & _ONE_REQUEST:
        attach = apprise.attachment.memory.AttachMemory(
            message.calendar, name="kmop.ics", mimetype="text/calendar"
        )
    form = apprise.NotifyFormat.HTML if schemas & _MAIL else apprise.NotifyFormat.TEXT
    body = message.html if schemas & _MAIL else _CROWD.sub("@\u200b", message.chat or message.text)
    if schemas & _MAIL or "slack" in schemas:
        # To Slack as Markdown, Apprise itself turns `<!channel>` and `<url|label>` live again.
        target.notify_format = form
    if "slack" in schemas:
        body = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    sender = apprise.Apprise()
    sender.add(target)
    return bool(sender.notify(body, title=title, body_format=form, attach=attach))


def _schemas(target: Any) -> frozenset[str]:  # noqa: ANN401
    """Return the names a kind of target goes by; Apprise keeps none, one or several of each."""
    names = (target.protocol or (), target.secure_protocol or ())
    return frozenset(n for each in names for n in ((each,) if isinstance(each, str) else each))


def _parts(address: str) -> Iterable[str]:
    """Split an address into whatever may give it away, longest first."""
    plain = unquote(address)
    pieces = re.split(r"[/:@?&=#,]+", f"{address}/{plain}")
    return sorted({address, plain, *pieces}, key=len, reverse=True)


def _scrub(answer: str, secrets: Iterable[str]) -> str:
    """Make one short line without addresses, links, tokens or anything of the target."""
    line = answer
    for secret in secrets:
        if len(secret) >= _MIN_SECRET:
            line = line.replace(secret, "***")
    line = re.sub(r"[a-z][a-z0-9+.-]*://\S+", "<link>", line)
    line = re.sub(r"[^\s<>\"']+@[^\s<>\"']+", "<address>", line)
    line = re.sub(r"[A-Za-z0-9+/_=-]{24,}", "***", line)
    line = one_line(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", line))
    return line if len(line) <= _LINE else line[: _LINE - 1] + "…"
