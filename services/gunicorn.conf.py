"""Configures gunicorn for each of the three services. Has tests, and imports nothing from the app."""

import ctypes
import os
import signal
import socket
from pathlib import Path
from typing import Any

# A container image sets SERVICE; elsewhere the command line names the app.
_service = os.environ.get("SERVICE", "")
wsgi_app = f"{_service}.app:create_app()" if _service else None

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"  # requests mostly wait for S3, and the boto3 and redis clients block
workers = int(os.environ.get("WORKERS", "1"))
threads = int(os.environ.get("THREADS", "16"))
# Seconds after which a worker that hangs completely is replaced. A slow request does not count: a gthread worker sends
# its heartbeat from its main thread, which serves no requests.
timeout = 30
graceful_timeout = 25
keepalive = 75  # longer than the gateway keeps an idle connection, so that the gateway never uses a closing one
backlog = 512

# The heartbeat file must not be on a disk: a slow disk would look like a hung worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# Without this, gunicorn creates a socket outside the paths that are writable in a read-only container.
control_socket_disable = True

accesslog = None  # the app writes access lines, as JSON and without secrets
loglevel = "warning"
# gunicorn's own log lines, in the format of the app (common/http/logs.py).
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(asctime)s%(levelname)s%(name)s%(message)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {"gunicorn.error": {"level": "WARNING", "handlers": ["stderr"], "propagate": False}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}

# Trust no forwarded headers: the services do not use them.
forwarded_allow_ips = ""
limit_request_line = 8190
limit_request_fields = 64

# On SIGTERM the service fails readiness at once but serves requests for this long, until load balancers remove it.
# Then gunicorn finishes running requests (graceful_timeout) and exits. SIGINT and SIGQUIT skip the wait.
_DRAIN_SECONDS = float(os.environ.get("DRAIN_SECONDS", "0"))
# A worker that finishes its last requests keeps the listening socket open, but no longer accepts from it, so a new
# connection would hang. So the master shuts the socket down, but only this long after the workers were told to stop: a
# worker that still accepts would fail on it.
_SHUT_SECONDS = 1.0
_draining = False


def on_starting(server: Any) -> None:  # noqa: ARG001 - gunicorn passes it
    """Empty the metrics folder. Files of an earlier run would be counted in this one."""
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for left in Path(folder).glob("*.db"):
            left.unlink()


def when_ready(server: Any) -> None:
    """Run the drain before gunicorn's own SIGTERM handler, which closes the listening socket at once."""
    if _DRAIN_SECONDS > 0:
        signal.signal(signal.SIGTERM, lambda *_: _drain(server))


def _drain(server: Any) -> None:
    global _draining  # noqa: PLW0603 - set in the master; workers forked later inherit it
    if _draining:
        return
    _draining = True
    for pid in list(server.WORKERS):
        os.kill(pid, signal.SIGUSR2)
    # Duplicates, because gunicorn closes its own sockets when it stops.
    listening = [listener.sock.dup() for listener in server.LISTENERS]

    def end(*_: object) -> None:
        server.signal(signal.SIGTERM, None)
        signal.signal(signal.SIGALRM, shut)
        signal.setitimer(signal.ITIMER_REAL, _SHUT_SECONDS)

    def shut(*_: object) -> None:
        for sock in listening:
            sock.shutdown(socket.SHUT_RDWR)

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, _DRAIN_SECONDS)


_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def post_fork(server: Any, worker: Any) -> None:  # noqa: ARG001 - gunicorn passes both
    """Kill the worker if its master dies, and block SIGUSR2 until the worker can handle it.

    A worker without a master accepts no requests, but keeps the listening socket open while it finishes its last ones:
    new connections would hang for up to 25 s (graceful_timeout). If it is killed at once, the gateway tries another
    replica. SIGUSR2 announces the drain; before its handler is set, the signal would kill the worker.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != worker.ppid:  # the master died before prctl took effect
        os._exit(1)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})


def post_worker_init(worker: Any) -> None:
    """Fail readiness when the drain begins, or at once if the worker starts during a drain."""
    readiness = worker.wsgi.extensions["readiness"]
    signal.signal(signal.SIGUSR2, lambda *_: readiness.fail())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR2})
    if _draining:
        readiness.fail()


def child_exit(server: Any, worker: Any) -> None:  # noqa: ARG001 - gunicorn passes both
    """Remove the live metrics of a worker that exited."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess  # noqa: PLC0415 - the master needs it only here

        multiprocess.mark_process_dead(worker.pid)
