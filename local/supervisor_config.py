"""The supervisor's configuration as text. It contains secrets, so only its owner may read it."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.processes import STOP_ORDER, ProcessSpec

# A process that fails within a second four times in a row (about 7 s) is given up, and then everything stops.
_RETRIES = 3


def render(processes: Sequence[ProcessSpec], run: Path, logs: Path, *, as_root: bool, open_files: int) -> str:
    """Return supervisord's configuration. No process starts automatically, because up.py starts them in order."""
    sections = [
        _section(
            "unix_http_server",
            {"file": _literal(str(control_socket(run))), "chmod": "0600"},
        ),
        _section(
            "supervisord",
            {
                "logfile": _literal(str(logs / "supervisord.log")),
                "logfile_maxbytes": "1MB",
                "logfile_backups": "2",
                "pidfile": _literal(str(run / "supervisord.pid")),
                "childlogdir": _literal(str(logs)),
                "nodaemon": "true",
                "silent": "true",
                "umask": "077",
                "minfds": str(open_files),
                **({"user": "root"} if as_root else {}),
            },
        ),
        _section(
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
    ]
    for priority, group in enumerate(reversed(STOP_ORDER), start=1):  # the highest priority stops first
        members = [process for process in processes if process.group == group]
        names = ",".join(process.name for process in members)
        sections.append(_section(f"group:{group}", {"programs": names, "priority": str(priority * 10)}))
        sections += [_program(process, logs) for process in members]
    return "\n".join(sections)


def control_socket(run: Path) -> Path:
    """Return the path of the supervisor's command socket."""
    return run / "supervisor.sock"


def log_file(logs: Path, process: str) -> Path:
    """Return the log file of a process."""
    return logs / f"{process}.log"


def _program(process: ProcessSpec, logs: Path) -> str:
    return _section(
        f"program:{process.name}",
        {
            "command": _literal(shlex.join(process.command)),
            "directory": _literal(str(process.directory)),
            "environment": ",".join(
                f'{name}="{_literal(_plain(name, value))}"' for name, value in process.environment.items()
            ),
            "autostart": "false",
            "autorestart": "true",
            "startsecs": "1",
            "startretries": str(_RETRIES),
            "stopwaitsecs": str(process.stop_seconds),
            "stopasgroup": str(process.stop_as_group).lower(),
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": _literal(str(log_file(logs, process.name))),
            "stdout_logfile_maxbytes": "5MB",
            "stdout_logfile_backups": "2",
        },
    )


def _section(name: str, values: Mapping[str, str]) -> str:
    lines = [f"[{name}]", *(f"{key}={value}" for key, value in values.items() if value)]
    return "\n".join(lines) + "\n"


def _literal(text: str) -> str:
    """Return text escaped for the supervisor, in which a percent sign begins an expression."""
    if "\n" in text or " ;" in text or " #" in text:
        raise ValueError("the supervisor's configuration cannot contain a line break or a comment sign")
    return text.replace("%", "%%")


def _plain(name: str, value: str) -> str:
    if '"' in value or "'" in value:
        raise ValueError(f"{name} contains a quote, which the supervisor does not support")
    return value
