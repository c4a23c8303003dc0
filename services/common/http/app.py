"""The app factory that the services share."""

from flask import Flask, request

from common.http import health, metrics, problems, requests
from common.http.converters import IdConverter
from common.http.middleware import RequestMiddleware
from common.settings import Settings


def create(service: str, settings: Settings) -> Flask:
    """Return a Flask app with logs, request ids, problem documents, probes and metrics. The caller adds blueprints."""
    # No static folder: the gateway serves the page, and an unused route would only add attack surface.
    app = Flask(service, static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.redirect_defaults = False
    app.url_map.merge_slashes = False  # it would redirect to the host in the request's Host header
    app.url_map.converters["id"] = IdConverter
    problems.register(app)
    requests.register(app)
    health.register(app)
    metrics.register(app)
    origins = frozenset(settings.public_origins)
    middleware = RequestMiddleware(app.wsgi_app, service, settings.log_level)

    @app.before_request
    def begin() -> None:
        # One hook for both, because each costs time. The route comes first, so that refused requests have it too.
        environ = request.environ
        middleware.note_route(environ, request.url_rule, request.view_args)
        requests.check(environ, origins)

    app.wsgi_app = middleware  # type: ignore[method-assign] # Flask's documented way to wrap itself
    return app
