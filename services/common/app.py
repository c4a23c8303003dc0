"""The part of the app factory that the services share."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, cast

from flask import Flask, Request, Response
from flask.globals import request_ctx
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import Map, MapAdapter, Rule

from common import health, metrics, problems
from common.answers import STATUS_LINES, Answer
from common.fast_json import FastJson
from common.requests import SAFE_METHODS, check_body_type, check_origin
from common.settings import Settings
from common.watch import Watch


class _Request(Request):
    @cached_property
    def blueprints(self) -> list[str]:
        """The same as Flask's, which takes them from the route's name anew three times a request."""
        return super().blueprints


class _NoSessions(SessionInterface):
    """Nobody has a session here; Flask would look for its cookie and make an empty one for each request."""

    _none = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002 - Flask's signature
        return self._none

    def is_null_session(self, obj: object) -> bool:  # noqa: ARG002 - Flask's signature
        return True


_Fixed = Mapping[tuple[str, str], Rule]


class _Routes(MapAdapter):
    """Finds a route without variables by looking its path up; werkzeug would walk along it part by part."""

    def __init__(self, url_map: Map, fixed: _Fixed, path: str, method: str) -> None:
        super().__init__(url_map, "", "/", "", "http", path, method)
        self._rule = fixed.get((path, method))

    def match(self, *args: Any, **kwargs: Any) -> Any:
        """As Flask asks: the rule of this request and its variables. Raises werkzeug's HTTPException."""
        if self._rule is not None and not args and kwargs == {"return_rule": True}:
            return self._rule, {}
        return super().match(*args, **kwargs)


class _Service(Flask):
    """Flask without what no service of ours uses: what it costs each request is as much as signing some URLs."""

    request_class = _Request
    session_interface = _NoSessions()

    @cached_property
    def _fixed_routes(self) -> _Fixed:
        """By path and method. Worked out with the first request, when all routes are there."""
        rules = [rule for rule in self.url_map.iter_rules() if not rule.arguments and not rule.redirect_to]
        # Of two rules for one path werkzeug takes the first.
        return {(rule.rule, method): rule for rule in reversed(rules) for method in rule.methods or ()}

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Routes go by path and method alone: the gateway has checked the host, and no address is built from it."""
        if request is None:
            return None
        environ = request.environ
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        return _Routes(self.url_map, self._fixed_routes, path, environ["REQUEST_METHOD"])

    def preprocess_request(self) -> None:
        """All that happens before a view: no blueprint of ours adds to it."""
        for check in self.before_request_funcs[None]:
            check()

    def make_response(self, rv: Any) -> Response:
        """What a view gave as an answer: a document, alone or with a status, goes the short way."""
        value, status = rv if type(rv) is tuple and len(rv) == 2 else (rv, 200)
        if type(value) is dict and type(status) is int and status in STATUS_LINES:
            rv = Answer.of(value, status)
        # An Answer is called, and nothing else is done with it.
        return cast("Response", rv) if type(rv) is Answer else super().make_response(rv)

    def process_response(self, response: Response) -> Response:
        """What is added to every answer, watch.py adds."""
        return response

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Nothing is opened for a request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No function of ours is asynchronous; Flask would find that out anew for each call."""
        return func


def create(service: str, settings: Settings) -> Flask:
    """A Flask app with logs, request ids, problem documents, probes and metrics; the caller adds its blueprint."""
    # No static folder: the gateway serves the page, and a route nobody uses is one more to defend.
    app = _Service(service, static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.redirect_defaults = False
    app.json = FastJson(app)
    problems.register(app)
    health.register(app)
    metrics.register(app)
    origins = frozenset(settings.public_origins)
    watch = Watch(app.wsgi_app, service, settings.log_level)

    @app.before_request
    def begin() -> None:
        ours = request_ctx.request
        environ = ours.environ
        watch.routed(environ, ours.url_rule, ours.view_args)
        method = environ["REQUEST_METHOD"]
        if method not in SAFE_METHODS:
            has_body = environ.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ
            check_origin(method, environ.get("HTTP_ORIGIN"), origins)
            check_body_type(method, environ.get("CONTENT_TYPE", ""), has_body)

    app.wsgi_app = watch  # type: ignore[method-assign] # Flask's documented way to wrap itself
    return app
