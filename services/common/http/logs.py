"""One shape of JSON log line, with the request's id from the gateway to the last library call.

No line may hold a signed URL, a token or a query string: paths are logged as their route, never as they came.
"""

import contextvars
import logging
import logging.config
import os
import re
import time
from contextlib import suppress
from typing import Any

import msgspec
from pythonjsonlogger.json import JsonFormatter

_TIME = "%Y-%m-%dT%H:%M:%S%z"

_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
_encode = msgspec.json.Encoder().encode
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id() -> str:
    """The id of the request being answered; empty outside one."""
    return _request_id.get()


def begin_request(sent: str | None) -> str:
    """Take over the caller's request id where it is well formed, else make one; returns it."""
    value = sent if sent and _WELL_FORMED.fullmatch(sent) else os.urandom(16).hex()
    _request_id.set(value)
    return value


def configure(service: str, level: str) -> None:
    """Send every logger's lines to standard error as JSON, from this process on."""
    # No line of ours names them, and finding them out is half of what making a record costs.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"context": {"()": _Context, "service": service}},
            "formatters": {"json": {"()": _formatter}},
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["context"]},
            },
            "root": {"level": level, "handlers": ["stderr"]},
            # The AWS libraries' debug lines hold signatures and whole requests.
            "loggers": {name: {"level": "WARNING"} for name in ("botocore", "boto3", "urllib3", "s3transfer")},
        }
    )


class _Context(logging.Filter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def filter(self, record: logging.LogRecord) -> bool:
        record.service = self.service
        record.request_id = request_id()
        return True


class AccessLog:
    """The line of each request, in the same shape.

    Past the logging module, whose records, locks and text streams take a tenth of the time of a small answer.
    """

    def __init__(self, service: str, level: str) -> None:
        self._service = service
        self._second = (0, "")
        self.enabled = logging.getLevelNamesMapping()[level] <= logging.INFO

    def write(self, fields: dict[str, Any]) -> None:
        """Write one line with these fields to standard error."""
        now = int(time.time())
        second, text = self._second
        if second != now:
            text = time.strftime(_TIME, time.localtime(now))
            self._second = (now, text)
        line = {
            "time": text,
            "level": "INFO",
            "service": self._service,
            "request_id": request_id(),
            "logger": "access",
            "message": "request",
            **fields,
        }
        # As with logging's own handlers: whoever reads the log may go away, and no request fails for it.
        with suppress(OSError):
            os.write(2, _encode(line) + b"\n")


def _formatter() -> JsonFormatter:
    return JsonFormatter(
        "%(asctime)s%(levelname)s%(service)s%(request_id)s%(name)s%(message)s",
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        datefmt=_TIME,
    )
