"""How gunicorn serves any of the three services. Code, so tested; it imports nothing of the app."""

import ctypes
import os
import signal
import socket
from pathlib import Path
from typing import Any

# An image holds one service and says so; elsewhere the command line names the app.
_service = os.environ.get("SERVICE", "")
wsgi_app = f"{_service}.app:create_app()" if _service else None

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"  # requests wait for S3 most of the time, and boto3 and redis are blocking clients
workers = int(os.environ.get("WORKERS", "1"))
threads = int(os.environ.get("THREADS", "16"))
# A worker that hangs as a whole is replaced after so long. A slow request is none: this kind of worker gives its sign
# of life from a thread that serves nobody.
timeout = 30
graceful_timeout = 25
keepalive = 75  # longer than the gateway keeps an idle connection, so that it never sends on a closing one
backlog = 512

# The heartbeat file must not be on a disk: a slow one would look like a stuck worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# Otherwise it writes a socket outside the few paths that a read-only image may write.
control_socket_disable = True

accesslog = None  # the app writes the access line, as JSON and without secrets
loglevel = "warning"
# gunicorn's own lines in the shape of the app's (common/http/logs.py).
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

# Only the gateway reaches the services, and nothing here is built from forwarded headers.
forwarded_allow_ips = ""
limit_request_line = 8190
limit_request_fields = 64

# After SIGTERM the service fails readiness at once and goes on serving for so long, while those who send it work
# learn that it leaves. Then gunicorn finishes what runs (graceful_timeout) and ends. INT and QUIT do not wait.
_DRAIN_SECONDS = float(os.environ.get("DRAIN_SECONDS", "0"))
# A worker that finishes its last requests holds the listening socket, whose queue nobody serves any more: who connects
# then would hang. So it is shut, but only once every worker has heard that it ends, for it would trip over it.
_SHUT_SECONDS = 1.0
_draining = False


def on_starting(server: Any) -> None:  # noqa: ARG001 - gunicorn passes it
    """Begin with an empty metrics folder: what an earlier run left there would be counted as this one's."""
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for left in Path(folder).glob("*.db"):
            left.unlink()


def when_ready(server: Any) -> None:
    """Put the drain before gunicorn's own answer to SIGTERM, which closes the listening socket at once."""
    if _DRAIN_SECONDS > 0:
        signal.signal(signal.SIGTERM, lambda *_: _drain(server))


def _drain(server: Any) -> None:
    global _draining  # noqa: PLW0603 - this module is the master's, and workers forked later read it too
    if _draining:
        return
    _draining = True
    for pid in list(server.WORKERS):
        os.kill(pid, signal.SIGUSR2)
    # Duplicates, because gunicorn closes its own when it ends.
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
    """Bind the worker's life to the master's, and keep the news of a drain until it can hear it.

    Without its master a worker takes no new requests but holds the listening socket for as long as it finishes its
    last ones; who had connected meanwhile would hang for 25 s. Ended at once, it leaves them to the gateway, which asks
    another replica. (A drain's signal would end a worker that is not ready for it.)
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != worker.ppid:  # gone before the kernel was told
        os._exit(1)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})


def post_worker_init(worker: Any) -> None:
    """Let a worker hear that the drain began, or know it when it starts in the middle of one."""
    readiness = worker.wsgi.extensions["readiness"]
    signal.signal(signal.SIGUSR2, lambda *_: readiness.fail())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR2})
    if _draining:
        readiness.fail()


def child_exit(server: Any, worker: Any) -> None:  # noqa: ARG001 - gunicorn passes both
    """Let the metrics of a worker that ended stop counting as live."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess  # noqa: PLC0415 - the parent needs it only here

        multiprocess.mark_process_dead(worker.pid)
