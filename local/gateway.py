"""The gateway: nginx with the templates of gateway/, rendered for this machine."""

import os
import re
import resource
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.settings import ROOT, Settings

_SOURCE = ROOT / "gateway"
_STATIC = ROOT / "frontend" / "dist"
_MOST_CONNECTIONS = 20_000
"""In one worker of nginx, which sets aside 430 bytes for each at its start."""
_MOST_WORKERS = 8
"""More are not needed on any machine, and each takes 9 MB for its connections."""
# Log, sockets that listen, sockets of other workers, files of the page while they are sent.
_OTHER_FILES = 256
_RELAYED_FROM_ONE_ADDRESS = 128
"""Connections. A browser opens six to one origin."""
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


def variables(settings: Settings, sockets: Mapping[str, Sequence[Path]]) -> dict[str, str]:
    """Return the values of the templates' variables. `sockets` has the replicas of each service."""
    return {
        "GATEWAY_LISTEN": f"{settings.listen_address}:{settings.port}",
        "SERVER_NAMES": " ".join(settings.hosts),
        "PUBLIC_ORIGINS": ",".join(settings.origins),
        "S3_PUBLIC_ENDPOINT_URL": settings.s3_public_endpoint,
        "STATIC_ROOT": f'"{_STATIC}"',
        "CACHE_DIR": f'"{settings.run / "gateway" / "cache"}"',
        "RESOLVER": "",
        "TRUSTED_PROXIES": "",
        "AUTH_URL": settings.auth_url,
        "AUTH_SIGN_IN": settings.auth_sign_in,
        **{
            f"{service.upper()}_SERVERS": "\n".join(f'server "unix:{path}" max_fails=0;' for path in paths)
            for service, paths in sockets.items()
        },
    }


def connections(open_files: int) -> int:
    """Return how many connections one worker of nginx may hold, by the limit of open files of a process.

    A connection takes one file. A request that is handed on to a service takes two connections.
    """
    return max(256, min(_MOST_CONNECTIONS, open_files - _OTHER_FILES))


def file_limit() -> int:
    """Return the limit of open files of a process."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_CONNECTIONS + _OTHER_FILES if hard == resource.RLIM_INFINITY else hard


def _room() -> dict[str, str]:
    """Return the values of the frame's variables."""
    most = connections(file_limit())
    return {
        "CONNECTIONS": str(most),
        "OPEN_FILES": str(min(most + _OTHER_FILES, file_limit())),
        "WORKERS": str(min(os.cpu_count() or 1, _MOST_WORKERS)),
    }


def probes(settings: Settings) -> tuple[str, ...]:
    """Return the paths that answer 200 to a GET once the gateway and what is behind it are ready.

    With a sign-in service only one path is open to everybody. That service may start later than the gallery.
    """
    return ("/healthz",) if settings.auth_url else ("/", "/api/config", "/api/images?limit=1")


def fill_in(template: str, values: Mapping[str, str]) -> str:
    """Replace each ${NAME} that is in `values`; other text, including nginx's own $variables, stays unchanged."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), template)


def render(run: Path, values: Mapping[str, str], source: Path = _SOURCE) -> None:
    """Write nginx's configuration into `run`/gateway: the main file and the templates, rendered."""
    target = run / "gateway"
    target.mkdir(mode=0o700)
    shutil.copy(source / "mime.types", target / "mime.types")
    frame = (source / "nginx.conf").read_text("utf-8")
    (target / "nginx.conf").write_text(fill_in(frame, _room()), "utf-8")
    for template in (source / "templates").rglob("*.template"):
        filled = target / "conf.d" / template.relative_to(source / "templates").with_suffix("")
        filled.parent.mkdir(parents=True, exist_ok=True)
        filled.write_text(fill_in(template.read_text("utf-8"), values), "utf-8")


def render_relay(run: Path, address: str, s3_port: int, store_port: int) -> None:
    """Write the configuration of the relay that opens the S3 port to the network, for PUBLIC_HOST.

    The store binds its internal ports to the same address as S3, so it stays on loopback. The relay passes bytes on
    unchanged, so the signed Host header stays valid. One address gets a bounded number of connections, and a silent
    connection is closed, so that nobody can take all of them.
    """
    room = _room()
    (run / "relay").mkdir(mode=0o700)
    (run / "relay" / "nginx.conf").write_text(
        f"""\
pid nginx.pid;
error_log stderr warn;
worker_processes {room["WORKERS"]};
worker_rlimit_nofile {room["OPEN_FILES"]};
events {{ worker_connections {room["CONNECTIONS"]}; }}
stream {{
    limit_conn_zone $binary_remote_addr zone=addresses:2m;
    # A line for each refusal would fill the log.
    limit_conn_log_level info;
    server {{
        listen {address}:{s3_port} backlog=4096;
        limit_conn addresses {_RELAYED_FROM_ONE_ADDRESS};
        proxy_timeout 2m;
        proxy_pass 127.0.0.1:{store_port};
        proxy_connect_timeout 2s;
    }}
}}
""",
        "utf-8",
    )


def command(nginx: Path, folder: Path) -> list[str]:
    """Return nginx's command line. nginx from the wheel has no default folders, so all are named."""
    options = "daemon off;"
    if os.getuid() == 0:  # otherwise the workers run as nobody and cannot read the private folder
        options += " user root root;"
    return [str(nginx), "-p", f"{folder}/", "-c", str(folder / "nginx.conf"), "-e", "stderr", "-g", options]
