"""`kmop up` step by step: what it refuses, what it starts in which order, what it says."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from flows import server
from kmop_lifecycle import bootstrap
from kmop_lifecycle.cli import demo, main
from kmop_lifecycle.domain.errors import ConfigurationError, TryAgain
from kmop_lifecycle.settings import load_settings


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A place of its own for everything that `kmop up` keeps."""
    monkeypatch.setenv("KMOP_DATABASE_URL", f"sqlite:///{tmp_path}/kmop.sqlite3")
    monkeypatch.setenv("KMOP_PREFECT__HOME", str(tmp_path / "prefect"))
    return tmp_path


@pytest.fixture
def taken():
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.fixture
def signals():
    """Handlers are the process's; put them back."""
    stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {stop: signal.getsignal(stop) for stop in stops}
    yield
    for stop, handler in before.items():
        signal.signal(stop, handler)


@pytest.fixture
def stage(monkeypatch, here, signals):
    """Everything that `kmop up` starts, replaced by a note of its start."""
    notes = []

    @contextmanager
    def running(place):
        notes.append("server")
        yield lambda: True
        notes.append("server stopped")

    def serve(alive, ready):
        notes.append("flows")
        assert alive()
        ready(["sweep_deadlines"])

    monkeypatch.setattr(bootstrap, "prepare_database", lambda _: notes.append("database"))
    monkeypatch.setattr(bootstrap, "house", lambda *_: "house")
    monkeypatch.setattr(server, "running", running)
    monkeypatch.setattr(server.Place, "adopt", lambda _: notes.append("settings"))
    monkeypatch.setitem(sys.modules, "flows.serving", SimpleNamespace(serve_until_stopped=serve))
    monkeypatch.setattr(demo, "fill", lambda house: not notes.append(f"demo in the {house}"))
    return notes


ORDER = ["settings", "server", "flows", "server stopped"]


def test_a_busy_port_is_refused_in_one_line_before_anything_starts(here, taken, capsys):
    assert main(["up", "--port", str(taken)]) == 6
    said = capsys.readouterr()
    assert said.out == ""
    line, way_out = said.err.splitlines()
    assert line == (
        f"configuration: port {taken} on 127.0.0.1 cannot be used: Address already in use"
    )
    assert "--port" in way_out
    assert list(here.iterdir()) == []


def test_an_address_of_another_machine_is_refused(here, capsys):
    assert main(["up", "--host", "192.0.2.1"]) == 6
    assert "192.0.2.1" in capsys.readouterr().err


def test_a_port_that_is_none_is_a_usage_error(here, capsys):
    assert main(["up", "--port", "99999"]) == 2


def test_everything_starts_in_order_and_says_what_to_click(stage, capsys):
    assert main(["up", "--port", "4329"]) == 0
    assert stage == ["database", *ORDER]
    said = capsys.readouterr().out
    assert "Ready: http://127.0.0.1:4329" in said
    assert "http://127.0.0.1:4329/v2/artifacts/key/today-en" in said
    assert "sweep_deadlines → Run → Quick run" in said
    assert "log in" not in said


@pytest.fixture
def own_mail(monkeypatch):
    """The demo points the runs at its own mail server; put the variables back afterwards."""
    for key, value in (("HOST", "smtp.example"), ("PORT", "25"), ("MODE", "starttls")):
        monkeypatch.setenv(f"KMOP_MAIL__SMTP_{key}", value)


def test_the_example_portfolio_is_filled_in_first_and_its_mail_stays_here(
    stage, own_mail, monkeypatch, capsys
):
    monkeypatch.setattr(
        server.Place, "adopt", lambda _: stage.append(os.environ["KMOP_MAIL__SMTP_HOST"])
    )
    assert main(["up", "--port", "4329", "--demo"]) == 0
    assert stage == ["database", "demo in the house", "127.0.0.1", *ORDER[1:]]
    assert "goes nowhere" in capsys.readouterr().out


def test_a_database_with_cases_is_not_filled_with_examples(stage, own_mail, monkeypatch, capsys):
    monkeypatch.setattr(demo, "fill", lambda _: False)
    assert main(["up", "--port", "4329", "--demo"]) == 0
    assert "left as it is" in capsys.readouterr().out


def test_whoever_listens_on_every_address_is_warned(stage, capsys):
    assert main(["up", "--host", "0.0.0.0", "--port", "4329"]) == 0  # noqa: S104 - not bound
    said = capsys.readouterr().out
    assert "Ready: http://127.0.0.1:4329" in said
    assert "log in" in said


def test_a_signal_during_the_start_ends_it_in_good_order(stage, monkeypatch, capsys):
    monkeypatch.setattr(
        bootstrap, "prepare_database", lambda _: os.kill(os.getpid(), signal.SIGTERM)
    )
    assert main(["up", "--port", "4329"]) == 0
    assert stage == []
    assert "Stopped." in capsys.readouterr().out


def place(home, port=4329, host="127.0.0.1"):
    return server.Place(host=host, port=port, home=home)


def test_the_shipped_settings_name_the_place():
    given = load_settings().prefect
    assert (given.host, given.port) == ("127.0.0.1", 4200)


def test_the_ui_asks_its_own_server_whatever_the_port(tmp_path):
    said = place(tmp_path, port=4333).environment()
    assert said["PREFECT_UI_API_URL"] == "/api"
    assert said["PREFECT_API_URL"] == "http://127.0.0.1:4333/api"


def test_nothing_is_told_to_anybody_outside(tmp_path):
    said = place(tmp_path).environment()
    assert said["DO_NOT_TRACK"] == "1"
    assert said["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_an_address_of_the_new_kind_is_written_in_brackets(tmp_path):
    assert place(tmp_path, host="::").url == "http://[::1]:4329"


def stand_in(monkeypatch, body):
    """Start this in the place of Prefect's server."""
    real = subprocess.Popen

    def start(_command, **options):
        return real([sys.executable, "-c", body], **options)

    monkeypatch.setattr(server.subprocess, "Popen", start)


def test_a_server_that_ends_at_once_points_at_its_log(tmp_path, monkeypatch):
    stand_in(monkeypatch, "raise SystemExit(3)")
    with (
        pytest.raises(ConfigurationError, match="ended with status 3") as error,
        server.running(place(tmp_path)),
    ):
        pass
    assert str(tmp_path / "server.log") in error.value.hint


def test_a_server_that_never_answers_is_stopped(tmp_path, monkeypatch):
    stand_in(monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(server, "LONGEST_START", 0.1)
    with pytest.raises(TryAgain), server.running(place(tmp_path, port=1)):
        pass


def test_a_server_that_does_not_listen_to_reason_is_killed(tmp_path, monkeypatch):
    body = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
    stand_in(monkeypatch, f"{body}; time.sleep(60)")
    monkeypatch.setattr(server, "LONGEST_STOP", 0.1)
    log = place(tmp_path).log
    monkeypatch.setattr(server, "_healthy", lambda _: log.stat().st_size > 0)
    with server.running(place(tmp_path)) as alive:
        assert alive()
    assert not alive()


def test_two_at_a_time_do_not_share_a_home(tmp_path, monkeypatch):
    stand_in(monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(server, "_healthy", lambda _: True)
    with (
        server.running(place(tmp_path)),
        pytest.raises(ConfigurationError, match="another `kmop up`"),
        server.running(place(tmp_path, port=4330)),
    ):
        pass
