"""nginx accepts the rendered templates without a warning, in every deployment and with every kind of value."""

import re
from pathlib import Path

import pytest

from local import gateway
from tests.support.manifests import render
from tests.support.nginx import check, values

# The essential parts of the public image's own nginx.conf, which uses absolute paths there.
IMAGE_FRAME = """
worker_processes auto;
error_log stderr notice;
pid nginx.pid;
events { worker_connections 1024; }
http {
    client_body_temp_path client_temp;
    proxy_temp_path proxy_temp_path;
    include mime.types;
    default_type application/octet-stream;
    log_format main '$remote_addr - $remote_user [$time_local] "$request"';
    access_log access.log main;
    sendfile on;
    keepalive_timeout 65;
    include conf.d/*.conf;
}
"""
SOCKETS = {name: f'server "unix:/x/{name}.sock" max_fails=0;' for name in ("upload", "catalog", "download")}
BY_NAME = {name: f"server {name}:8000 resolve max_fails=0;" for name in SOCKETS}


@pytest.mark.parametrize("frame", [None, IMAGE_FRAME], ids=["own frame", "image frame"])
@pytest.mark.parametrize(
    ("servers", "other"),
    [
        (SOCKETS, {}),
        (BY_NAME, {"RESOLVER": "resolver 127.0.0.11 valid=5s;"}),
        (
            SOCKETS,
            {
                "SERVER_NAMES": "gallery." + "very-long-name." * 15 + "example.org",
                "PUBLIC_ORIGINS": "https://gallery.example.org, https://www.example.org",
                "S3_PUBLIC_ENDPOINT_URL": "https://vitrine.s3.eu-central-1.amazonaws.com",
            },
        ),
    ],
    ids=["sockets", "names", "public"],
)
def test_nginx_finds_nothing_to_say(
    folder: Path, servers: dict[str, str], other: dict[str, str], frame: str | None
) -> None:
    """`nginx -t` reports no error and no warning."""
    filled = values(28999, servers, folder, **other)
    if frame is not None:
        filled["GATEWAY_LISTEN"] = "28999"
    gateway.render(folder, filled)
    if frame is not None:
        (folder / "gateway/nginx.conf").write_text(frame)
    result = check(folder)
    assert result.returncode == 0, result.stderr
    assert not re.search(r"\[(warn|error|crit|alert|emerg)\]", result.stderr), result.stderr


@pytest.mark.parametrize("overlay", ["local", "aws"])
def test_nginx_takes_what_a_cluster_gives_it(folder: Path, overlay: str) -> None:
    """Upstreams, proxies and names as in the overlay, except the name of DNS, which only a cluster knows."""
    manifests = render(overlay, folder)
    given = manifests.environment(manifests.workload("gateway").main)
    resolver = given["RESOLVER"].replace("kube-dns.kube-system.svc", "127.0.0.1")
    assert resolver != given["RESOLVER"]
    gateway.render(folder, values(28999, SOCKETS, folder, **(given | {"RESOLVER": resolver})))
    result = check(folder)
    assert result.returncode == 0, result.stderr
    assert not re.search(r"\[(warn|error|crit|alert|emerg)\]", result.stderr), result.stderr
