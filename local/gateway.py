"""The gateway: nginx with the templates of gateway/, rendered for this machine."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.settings import ROOT, Settings

_SOURCE = ROOT / "gateway"
_STATIC = ROOT / "frontend" / "dist"
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


def probes(settings: Settings) -> tuple[str, ...]:
    """Return the paths that answer 200 to a GET once the gateway and what is behind it are ready.

    With a sign-in service only one path is open to everybody. That service may start later than the gallery.
    """
    return ("/healthz",) if settings.auth_url else ("/", "/api/config", "/api/images?limit=1")


def fill_in(template: str, values: Mapping[str, str]) -> str:
    """Replace each ${NAME} that is in `values`; other text, including nginx's own $variables, stays unchanged."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), template)


def render(run: Path, values: Mapping[str, str], source: Path = _SOURCE) -> None:
    """Write nginx's configuration into `run`/gateway: nginx.conf unchanged, the templates rendered."""
    target = run / "gateway"
    target.mkdir(mode=0o700)
    for name in ("nginx.conf", "mime.types"):
        shutil.copy(source / name, target / name)
    for template in (source / "templates").rglob("*.template"):
        filled = target / "conf.d" / template.relative_to(source / "templates").with_suffix("")
        filled.parent.mkdir(parents=True, exist_ok=True)
        filled.write_text(fill_in(template.read_text("utf-8"), values), "utf-8")


def render_relay(run: Path, address: str, s3_port: int, store_port: int) -> None:
    """Write the configuration of the relay that opens the S3 port to the network, for PUBLIC_HOST.

    The store binds its internal ports to the same address as S3, so it stays on loopback. The relay passes bytes on
    unchanged, so the signed Host header stays valid.
    """
    (run / "relay").mkdir(mode=0o700)
    (run / "relay" / "nginx.conf").write_text(
        f"""\
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
stream {{
    server {{
        listen {address}:{s3_port};
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
