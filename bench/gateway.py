"""The list from the gateway's microcache, compared with nginx sending a file of the same size."""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import load
from bench.report import Result
from bench.run import Run
from bench.servers import Server, compare, gunicorn, ratio, wait
from bench.services import PAGE, plant
from local import gateway as configuration
from local import tools
from local.ports import free_ports
from tests.support.nginx import directives, make_page, values
from tests.support.processes import end, start
from tests.support.services import environment

SOURCE = Path(configuration.__file__).resolve().parent.parent / "gateway"

_PLAIN = """\
pid nginx.pid;
worker_processes auto;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    include mime.types;
    sendfile on;
    access_log access.log;
    gzip on;
    gzip_comp_level 3;
    gzip_types application/json;
    client_body_temp_path body_temp;
    proxy_temp_path proxy_temp;
    server {{
        listen 127.0.0.1:{port};
        root {root};
    }}
}}
"""
"""The yardstick: nginx configured as in its manual, with its own access log and the gateway's compression level."""


def measure(run: Run) -> Iterator[Result]:
    """Measure the head of the list, plain and compressed."""
    folder = run.folder("gateway")
    for number in range(PAGE):
        plant(run.store, number)
    with (
        gunicorn("catalog.app:create_app()", environment(run.store, run.cache, "catalog"), folder) as catalog,
        _gateway(folder / "ours", Path(catalog.address)) as ours,
        _plain(folder / "plain") as plain,
    ):
        path = f"/api/images?limit={PAGE}"
        body = load.answer(ours.address, load.request(path)).partition(b"\r\n\r\n")[2]
        (folder / "plain" / "list.json").write_bytes(body)
        for encoding in ("identity", "gzip"):
            asked = [load.request(where, Accept_Encoding=encoding) for where in (path, "/list.json")]
            hits, files = compare(run, (ours, asked[0]), (plain, asked[1]))
            kind = "gzip" if encoding == "gzip" else "plain"
            # The load generator needs more of the cores than either server, so by the clock both would look alike.
            yield ratio(f"list through the gateway, {kind} / nginx's static file", 0.50, hits, files, by_cpu=True)


@contextmanager
def _gateway(folder: Path, catalog: Path) -> Iterator[Server]:
    """Run the project's gateway. It counts requests per client as usual, but its limits allow thousands a second."""
    folder.mkdir()
    source = folder / "templates"
    shutil.copytree(SOURCE, source)
    limits = source / "templates" / "30-limits.conf.template"
    raised, changed = re.subn(r"rate=\d+r/s", "rate=1000000r/s", limits.read_text())
    assert changed == 2
    limits.write_text(raised)
    port = free_ports(1, os.getpid() * 53 + 17_500)[0]
    servers = {service: directives([catalog]) for service in ("upload", "catalog", "download")}
    configuration.render(folder, values(port, servers, make_page(folder / "page")), source)
    with _nginx(folder / "gateway", port, "/healthz") as running:
        yield running


@contextmanager
def _plain(folder: Path) -> Iterator[Server]:
    folder.mkdir()
    port = free_ports(1, os.getpid() * 53 + 18_500)[0]
    shutil.copy(SOURCE / "mime.types", folder)
    (folder / "nginx.conf").write_text(_PLAIN.format(port=port, root=folder))
    (folder / "list.json").write_text("{}")
    with _nginx(folder, port, "/list.json") as running:
        yield running


@contextmanager
def _nginx(folder: Path, port: int, ready_path: str) -> Iterator[Server]:
    command: Sequence[str] = configuration.command(tools.find_program("NGINX", os.environ), folder)
    log = folder / "nginx.log"
    process = start(command, log, {"PATH": os.defpath})
    try:
        wait(process, f"127.0.0.1:{port}", log, ready_path)
        yield Server(f"127.0.0.1:{port}", process.pid)
    finally:
        end(process)
