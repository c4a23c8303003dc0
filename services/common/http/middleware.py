"""What surrounds every request: its id, the headers of every answer, its metrics and its line in the log.

Around the app as WSGI and not as hooks in it: this runs for every request, and through Flask's and werkzeug's objects
it took a third of the time of a small answer.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.routing import Rule

from common.domain.keys import is_id
from common.http import logs, metrics

if TYPE_CHECKING:
    from prometheus_client import Histogram

QUIET_ROUTES = frozenset({"/livez", "/readyz", "/metrics"})
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"})
_ROUTE = "vitrine.route"
_IMAGE_ID = "vitrine.image_id"

Wsgi = Callable[..., Iterable[bytes]]


class RequestMiddleware:
    """A WSGI app around ``app``."""

    def __init__(self, app: Wsgi, service: str, log_level: str) -> None:
        logs.configure(service, log_level)
        self._app = app
        self._service = service
        self._log = logs.AccessLog(service, log_level)
        self._series: dict[tuple[str, str, str], Histogram] = {}

    @staticmethod
    def note_route(environ: dict[str, Any], rule: Rule | None, view_args: Mapping[str, Any] | None) -> None:
        """Note which route answers, and for which picture: only a real id, so nothing else gets into the log."""
        if rule is not None:
            environ[_ROUTE] = rule.rule.replace("<id:", "<")  # a route's name in metrics tells nothing of its checks
        if view_args:
            subject = view_args.get("image_id", "")
            if is_id(subject):
                environ[_IMAGE_ID] = subject

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.perf_counter()
        request_id = logs.begin_request(environ.get("HTTP_X_REQUEST_ID"))

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            headers.append(("X-Request-ID", request_id))
            headers.append(("X-Content-Type-Options", "nosniff"))
            if not any(name == "Cache-Control" for name, _ in headers):
                headers.append(("Cache-Control", "no-store"))
            self._note(environ, status[:3], time.perf_counter() - began)
            return start_response(status, headers, exc_info)

        return self._app(environ, start)

    def _note(self, environ: dict[str, Any], status: str, seconds: float) -> None:
        route = environ.get(_ROUTE, "unmatched")
        # An invented method must not make a new series.
        method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in _METHODS else "OTHER"
        series = self._series.get((method, route, status))
        if series is None:
            series = self._series[method, route, status] = metrics.REQUESTS.labels(self._service, method, route, status)
        series.observe(seconds)
        if self._log.enabled and route not in QUIET_ROUTES:
            line = {"method": method, "route": route, "status": int(status)}
            if _IMAGE_ID in environ:
                line["image_id"] = environ[_IMAGE_ID]
            line["ms"] = round(seconds * 1000, 2)
            self._log.write(line)
