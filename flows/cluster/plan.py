"""Which processes a cluster has, with which command and which settings; nothing is started here.

The commands are those of a real cluster: what differs there is the addresses.
"""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

from flows.cluster import ground
from flows.cluster.login import login
from flows.server import Place

POOL = "kmop"
PREFECT = (sys.executable, "-m", "prefect")
KMOP = (
    sys.executable,
    "-c",
    "import sys; from kmop_lifecycle.cli import main; sys.exit(main())",
)
MIGRATE = (*PREFECT, "server", "database", "upgrade", "-y")
DEPLOY = (*KMOP, "deploy", "--pool", POOL)


@dataclass(frozen=True, slots=True)
class Part:
    """One process that is kept running."""

    name: str
    command: tuple[str, ...]
    settings: dict[str, str]
    user: str | None = None
    health: str = ""  # where it answers once it is up, if it answers HTTP


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the cluster keeps its things, and where its parts listen."""

    state: Path
    sockets: Path
    redis: int
    apis: tuple[Place, ...]
    workers: int
    login: str = field(default="", repr=False)  # user:password; empty: nobody is asked

    @property
    def database(self) -> str:
        """The address of the register."""
        return f"postgresql+psycopg://{ground.OWNER}@/{ground.DATABASES[0]}?host={self.sockets}"

    def settings(self, api: Place) -> dict[str, str]:
        """Return what a process beside this API server is told."""
        redis = f"redis://127.0.0.1:{self.redis}"
        prefect = ground.DATABASES[1]
        asked = ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING") if self.login else ()
        return api.environment() | {
            **dict.fromkeys(asked, self.login),
            "KMOP_DATABASE_URL": self.database,
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": (
                f"postgresql+asyncpg://{ground.OWNER}@/{prefect}?host={self.sockets}"
            ),
            # Migrated once, before anybody starts: two at the same time, and one dies.
            "PREFECT_API_DATABASE_MIGRATE_ON_START": "false",
            "PREFECT_SERVER_EVENTS_MESSAGING_BROKER": "prefect_redis.messaging",
            "PREFECT_SERVER_EVENTS_MESSAGING_CACHE": "prefect_redis.messaging",
            "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
            "PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_QUEUE_STORAGE": "prefect_redis.cleanup_queue",
            "PREFECT_REDIS_MESSAGING_URL": f"{redis}/0",
            "PREFECT_SERVER_DOCKET_URL": f"{redis}/1",
            # Has an address of its own: otherwise it calls port 6379, whatever the others say.
            "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL": f"{redis}/2",
            "PREFECT_WORKER_QUERY_SECONDS": "3",
        }

    def ground(self) -> list[Part]:
        """Return what everything else stands on."""
        postgres = ("-D", str(self.state / "postgres"), "-k", str(self.sockets))
        limits = ("-c", "listen_addresses=", "-c", "max_connections=200")
        redis = (
            "--bind",
            "127.0.0.1",
            "--port",
            str(self.redis),
            "--dir",
            str(self.state / "redis"),
        )
        kept = ("--appendonly", "yes", "--save", "")
        return [
            Part(
                "postgres",
                (str(ground.tools("postgres") / "postgres"), *postgres, *limits),
                {},
                ground.servant(),
            ),
            Part("redis", (str(ground.tools("redis") / "redis-server"), *redis, *kept), {}),
        ]

    def servers(self) -> list[Part]:
        """Return the API servers, without the background services, and those apart."""
        servers = [
            Part(
                f"api-{number}",
                (*PREFECT, "server", "start", "--no-services"),
                self.settings(api)
                # One of them registers block types: at the same time, one would die of it.
                | {"PREFECT_SERVER_REGISTER_BLOCKS_ON_START": str(number == 1).lower()},
                health=f"{api.url}/api/health",
            )
            for number, api in enumerate(self.apis, 1)
        ]
        first = self.settings(self.apis[0])
        return [*servers, Part("services", (*PREFECT, "server", "services", "start"), first)]

    def hands(self) -> list[Part]:
        """Return the workers; each asks an API server of its own."""
        return [
            Part(
                f"worker-{number}",
                (*PREFECT, "worker", "start", "--pool", POOL, "--name", f"worker-{number}"),
                self.settings(self.apis[number % len(self.apis)]),
            )
            for number in range(1, self.workers + 1)
        ]


def free_ports(count: int) -> list[int]:
    """Return so many free ports on loopback."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def planned(state: Path, *, port: int | None, servers: int, workers: int) -> Plan:
    """Lay the cluster out below a folder, on free ports; the first API server's may be chosen."""
    redis, *ports = free_ports(servers + 1)
    if port is not None:
        ports[0] = port
    apis = tuple(Place("127.0.0.1", one, state / "prefect") for one in ports)
    return Plan(state, ground.socket_folder(), redis, apis, workers, login(state))
