"""Starts everything in order, watches it, and stops everything in order.

A supervisor keeps the processes running. This process tells it when to start which process, and prints `ready` when all
of them answer. It stops everything when it is told to, when make ends, or when a process cannot be kept running.
"""

import fcntl
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from types import FrameType
from typing import NoReturn

from local import (
    bucket,
    cache,
    certificates,
    checks,
    frontend,
    gateway,
    rights,
    stale_processes,
    store,
    store_space,
    tools,
)
from local import supervisor_config as configuration
from local.credentials import Credentials, load_or_make
from local.disk_watch import DiskWatch
from local.errors import CannotRunError
from local.files import private_folder, write_private
from local.parent import ParentWatch
from local.probes import redis_answers, status_on_port, status_on_socket
from local.processes import (
    STOP_ORDER,
    ProcessSpec,
    Programs,
    all_processes,
    metrics_folder,
    socket_path,
)
from local.settings import BUCKET, ROOT, SERVICES, Settings
from local.supervisor import Supervisor, launch

_READY_SECONDS = 60.0
# Everything has ended 10 s after the signal. The processes get most of that time; the rest is for killing what is left.
_STOP_SECONDS = 8.5
_TICK = 0.1
_DISTANCE = 20
"""The search for the store's ports begins so far above PORT."""


class _StopRequested(BaseException):
    """A signal, or make's end. Not an Exception, so that no `except Exception` catches it."""


def say(text: str) -> None:
    """Print to the terminal, if there still is one."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        pass


class Up:
    """One run of `make up`."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        """Prepare the run; nothing starts yet."""
        self._settings = settings
        self._environment = environment
        self._parent = ParentWatch()
        self._supervisor = Supervisor(settings.run)
        self._process: subprocess.Popen[bytes] | None = None
        self._next_look = 0.0
        self._disk = DiskWatch()
        self._space = store_space.Writer(settings.run, settings.data / "store")

    def run(self) -> None:
        """Start, print `ready`, watch, and return when told to stop. Raises CannotRunError."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN or number != signal.SIGHUP:  # nohup
                signal.signal(number, _request_stop)
        try:
            self._prepare_and_start()
            print(f"ready http://localhost:{self._settings.port}", flush=True)
            while True:
                self._check()
                time.sleep(_TICK)
        except _StopRequested:
            say("stopping …")
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            self._stop()

    def _prepare_and_start(self) -> None:
        settings = self._settings
        checks.platform_fits()
        programs = Programs(*(tools.find_program(name, self._environment) for name in ("WEED", "VALKEY", "NGINX")))
        checks.folder_fits(settings)
        self._lock()
        if stale_processes.find(settings.data):
            say("ending what an earlier run left …")
            stale_processes.end(settings.data, _STOP_SECONDS)
        checks.ports_are_free(settings)
        if checks.little_space(settings.data):
            say(f"warning: less than 1 GiB is free for {settings.data}; uploads are refused before the disk is full.")
        private_folder(settings.logs)
        credentials = load_or_make(settings.data / "secrets.json")
        # The slow step comes after the checks, so nobody waits a minute for the message of a check.
        frontend.build(ROOT / "frontend", settings.logs / "frontend.log", self._environment, say, self._check_parent)
        # A port is bound seconds after it was found free. Each installation searches from its own PORT, so that
        # two that start at the same time do not choose the same ports.
        others = frozenset({settings.port, settings.s3_port, settings.redis_port})
        s3_port = None if settings.public_host else settings.s3_port
        ports = store.choose_ports(settings.port + _DISTANCE, s3_port, others)
        processes = all_processes(settings, programs, credentials, ports)
        self._write_configuration(processes, credentials, ports)
        room = gateway.connections(gateway.file_limit())
        say(f"starting … (each process of the gateway has room for {room:,} connections)")
        self._process = launch(
            settings.run / "supervisord.conf", settings.logs / "supervisord.out", self._shared_environment()
        )
        self._start_in_order(processes, credentials, ports)

    def _lock(self) -> None:
        descriptor = os.open(self._settings.data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            raise CannotRunError(
                f"Vitrine already runs with DATA_DIR={self._settings.data} (process {holder}); "
                "end it, or choose another DATA_DIR and other ports."
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        # The descriptor stays open, so the lock lasts until this process ends for any reason.

    def _write_configuration(
        self, processes: list[ProcessSpec], credentials: Credentials, ports: store.StorePorts
    ) -> None:
        settings = self._settings
        shutil.rmtree(settings.run, ignore_errors=True)
        private_folder(settings.run)
        (settings.data / "store").mkdir(mode=0o700, exist_ok=True)
        store.prepare(settings.data / "store")
        self._space.write(time.monotonic())
        certificates.make(settings.run)
        write_private(store.identities_file(settings.run), rights.store_identities(credentials.s3, BUCKET))
        write_private(
            settings.run / "valkey.conf",
            cache.configuration(settings.redis_port, credentials.redis_password, settings.run),
        )
        sockets = {
            service: [socket_path(settings, service, replica) for replica in range(settings.replicas)]
            for service in SERVICES
        }
        gateway.render(settings.run, gateway.variables(settings, sockets))
        if settings.public_host:
            gateway.render_relay(settings.run, settings.listen_address, settings.s3_port, ports.s3)
        for process in processes:
            if process.group == "services":
                metrics_folder(settings, process.name).mkdir(parents=True)
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = 8192 if hard == resource.RLIM_INFINITY else min(8192, hard)
        text = configuration.render(processes, settings.run, settings.logs, as_root=os.getuid() == 0, open_files=most)
        write_private(settings.run / "supervisord.conf", text)

    def _shared_environment(self) -> dict[str, str]:
        """Return the variables of all processes: none that could change their behaviour (proxies, AWS profiles)."""
        return {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "HOME": str(self._settings.run),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONUNBUFFERED": "1",
            stale_processes.MARKER: str(self._settings.data),
        }

    def _start_in_order(self, processes: list[ProcessSpec], credentials: Credentials, ports: store.StorePorts) -> None:
        settings = self._settings
        deadline = time.monotonic() + _READY_SECONDS
        self._wait("the supervisor", deadline, self._supervisor_answers)
        # The services load while the store starts. They need the store only to become ready.
        early = [process for process in processes if process.name != "reconciler" and process.group != "gateway"]
        for process in early:
            self._supervisor.start(process.full_name)
        s3 = bucket.client(ports.s3_endpoint, credentials.s3["admin"])
        bucket.wait_until_it_stores(s3, BUCKET, deadline, self._check)
        bucket.set_up(s3, BUCKET, settings.origins)
        self._supervisor.start("services:reconciler")
        self._wait("the cache", deadline, lambda: redis_answers(settings.redis_port))
        for service in SERVICES:
            for replica in range(settings.replicas):
                path = socket_path(settings, service, replica)
                self._wait(f"{service}-{replica}", deadline, _answers_200(path, "/readyz"))
        for process in processes:
            if process.group == "gateway":
                self._supervisor.start(process.full_name)
        for target in gateway.probes(settings):
            self._wait(
                f"the gateway's {target}",
                deadline,
                lambda target=target: status_on_port(settings.port, target) == 200,  # type: ignore[misc]
            )
        # The gateway serves the page without any service, so a 503 or a time-out here comes from the sign-in service.
        if settings.auth_url and status_on_port(settings.port, "/") in (None, HTTPStatus.SERVICE_UNAVAILABLE):
            say("warning: the service at AUTH_URL gives no usable answer; nobody gets in until it does.")

    def _supervisor_answers(self) -> bool:
        try:
            self._supervisor.states()
        except OSError:
            return False
        return True

    def _wait(self, what: str, deadline: float, happened: Callable[[], bool]) -> None:
        while not happened():
            if time.monotonic() > deadline:
                raise CannotRunError(f"{what} is not ready after {_READY_SECONDS:.0f} s; see {self._settings.logs}.")
            self._check()
            time.sleep(0.03)

    def _check_parent(self) -> None:
        if self._parent.ended():
            raise _StopRequested

    def _check(self) -> None:
        """Raise the reason to end this run: a requested stop, or a process that cannot be kept running."""
        self._check_parent()
        if self._process is not None and self._process.poll() is not None:
            log = self._settings.logs / "supervisord.log"
            raise CannotRunError(f"The supervisor ended, so everything is stopped; see {log}.")
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + 0.5
        try:
            states = self._supervisor.states()
        except OSError:
            return  # it starts, or it has just ended, which the next check notices
        self._space.write(time.monotonic())
        restart_store = self._disk.look(checks.free_bytes(self._settings.data / "store"))
        for state in states:
            if restart_store and state.name == "store" and state.pid:
                say("the store's disk was full and has space again: restarting the store …")
                with suppress(ProcessLookupError):
                    os.kill(state.pid, signal.SIGTERM)
            if state.state == "FATAL":
                log = configuration.log_file(self._settings.logs, state.name)
                raise CannotRunError(
                    f"{state.name} does not stay up ({state.description}), so everything is stopped;"
                    f" the end of {log} says:\n{_tail(log)}"
                )

    def _stop(self) -> None:
        if self._process is None:
            return
        deadline = time.monotonic() + _STOP_SECONDS
        try:
            for group in STOP_ORDER:
                self._supervisor.stop_group(group)
                while time.monotonic() < deadline and any(
                    state.pid for state in self._supervisor.states() if state.group == group
                ):
                    time.sleep(0.03)
        except OSError:
            pass  # the supervisor is gone; its remaining processes are ended below
        self._process.terminate()
        self._supervisor_answers()  # it checks its signals once a second, or when it gets a command
        try:
            self._process.wait(max(0.5, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        stale_processes.kill(self._settings.data)


def _request_stop(_number: int, _frame: FrameType | None) -> NoReturn:
    # A second signal, while the finally blocks run, changes nothing.
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    raise _StopRequested


def _answers_200(path: Path, target: str) -> Callable[[], bool]:
    return lambda: status_on_socket(path, target) == 200


def _tail(log: Path, lines: int = 8) -> str:
    try:
        return "\n".join(log.read_text("utf-8", "replace").strip().splitlines()[-lines:])
    except OSError:
        return "(nothing)"
