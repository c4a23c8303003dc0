"""Flask works in each service as its documentation says: hooks, handlers, limits and settings take effect."""

import json

import pytest
from flask import Blueprint, Flask, Request, Response, request, session

import catalog.app
import download.app
import upload.app
from common.domain.keys import make_id
from common.http.problems import NotFound
from tests.support.services import LINK_KEYS, WITHOUT_STORE

SERVICES = {
    "upload": (upload.app.create_app, "upload", "/api/config", 200),
    "catalog": (catalog.app.create_app, "images", "/api/images?limit=none", 400),
    "download": (download.app.create_app, "urls", f"/api/images/{make_id(5, 0, 0)}/thumbnail", 302),
}
"""A blueprint of each, what it answers to a GET without a store, and with which status."""


class Service:
    """One service that has not answered yet."""

    def __init__(self, name: str) -> None:
        create, self.blueprint, self._path, self.status = SERVICES[name]
        self.app: Flask = create({**WITHOUT_STORE, "LINK_KEYS": LINK_KEYS})

    def ask(self, path: str | None = None) -> Response:
        """The answer to the service's own GET, or to another one."""
        return self.app.test_client().get(path or self._path)


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Service:
    return Service(request.param)


def refuse() -> tuple[str, int]:
    return "not today", 403


def mark(response: Response) -> Response:
    response.headers["X-Marked"] = "yes"
    return response


def refused(answer: Response) -> bool:
    return (answer.status_code, answer.text) == (403, "not today")


def marked(answer: Response) -> bool:
    return answer.headers.get("X-Marked") == "yes"


def test_without_hooks_each_answers_as_ever(service: Service) -> None:
    answer = service.ask()
    assert answer.status_code == service.status
    assert not marked(answer)


class TestAppHooks:
    def test_before_request_may_answer(self, service: Service) -> None:
        service.app.before_request(refuse)
        assert refused(service.ask())
        assert refused(service.ask("/livez"))
        assert refused(service.ask("/nothing"))

    def test_before_request_may_read_the_body_first(self, service: Service) -> None:
        seen = []
        service.app.before_request(lambda: seen.append(request.get_data(as_text=True)))
        service.app.add_url_rule("/echo", view_func=lambda: request.get_json()["a"], methods=["POST"])
        assert service.app.test_client().post("/echo", json={"a": "é"}).text == "é"
        assert [json.loads(body) for body in seen] == [{"a": "é"}]

    def test_after_request_changes_every_answer(self, service: Service) -> None:
        service.app.after_request(mark)
        for path in (None, "/livez", "/openapi.json", "/nothing"):
            assert marked(service.ask(path)), path

    @pytest.mark.parametrize("kind", ["teardown_request", "teardown_appcontext"])
    def test_teardown_runs_after_each_request(self, service: Service, kind: str) -> None:
        ended: list[object] = []
        getattr(service.app, kind)(ended.append)
        service.ask()
        service.ask("/nothing")
        assert ended == [None, None]

    def test_errorhandler_takes_what_it_names(self, service: Service) -> None:
        service.app.register_error_handler(404, lambda _: ("nothing here", 404))
        assert service.ask("/nothing").text == "nothing here"


class TestBlueprintHooks:
    """Of a blueprint of the service and of one that somebody adds."""

    def test_hooks_of_the_services_blueprint(self, service: Service) -> None:
        service.app.after_request_funcs.setdefault(service.blueprint, []).append(mark)
        assert marked(service.ask())
        assert not marked(service.ask("/livez"))
        service.app.before_request_funcs.setdefault(service.blueprint, []).append(refuse)
        answer = service.ask()
        assert refused(answer)
        assert marked(answer)
        assert service.ask("/livez").status_code == 200

    @pytest.fixture
    def added(self, service: Service) -> Blueprint:
        made = Blueprint("added", __name__, url_prefix="/added")

        @made.get("/<thing>")
        def view(thing: str) -> dict[str, str]:
            if thing == "missing":
                raise NotFound("It is not there.")
            return {"thing": thing}

        return made

    def test_before_request(self, service: Service, added: Blueprint) -> None:
        added.before_request(refuse)
        service.app.register_blueprint(added)
        assert refused(service.ask("/added/x"))
        assert service.ask().status_code == service.status

    def test_after_request(self, service: Service, added: Blueprint) -> None:
        added.after_request(mark)
        service.app.register_blueprint(added)
        assert marked(service.ask("/added/x"))
        assert service.ask("/added/x").json == {"thing": "x"}
        assert not marked(service.ask())

    def test_teardown_request(self, service: Service, added: Blueprint) -> None:
        ended: list[object] = []
        added.teardown_request(ended.append)
        service.app.register_blueprint(added)
        service.ask("/added/x")
        service.ask()
        assert ended == [None]

    def test_errorhandler(self, service: Service, added: Blueprint) -> None:
        added.register_error_handler(NotFound, lambda error: (f"gone: {error.detail}", 410))
        service.app.register_blueprint(added)
        answer = service.ask("/added/missing")
        assert (answer.status_code, answer.text) == (410, "gone: It is not there.")

    def test_url_value_preprocessor(self, service: Service, added: Blueprint) -> None:
        def louder(_: str | None, values: dict[str, str] | None) -> None:
            if values:
                values["thing"] = values["thing"].upper()

        added.url_value_preprocessor(louder)
        service.app.register_blueprint(added)
        assert service.ask("/added/x").json == {"thing": "X"}


class TestSettings:
    def test_max_content_length_holds_for_whatever_reads_the_body(self, service: Service) -> None:
        def read() -> bytes:
            return request.get_data()

        service.app.add_url_rule("/read", view_func=read, methods=["POST"])
        service.app.config["MAX_CONTENT_LENGTH"] = 10
        client = service.app.test_client()
        assert client.post("/read", data=b"[1,2,3,45]", content_type="application/json").data == b"[1,2,3,45]"
        answer = client.post("/read", data=b"[1,2,3,456]", content_type="application/json")
        assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
        assert answer.json is not None
        assert answer.json["limit"] == 10

    def test_a_secret_key_is_all_that_sessions_need(self, service: Service) -> None:
        def count() -> dict[str, int]:
            session["seen"] = session.get("seen", 0) + 1
            return {"seen": session["seen"]}

        service.app.secret_key = "a sample"
        service.app.add_url_rule("/count", view_func=count)
        client = service.app.test_client()
        assert [client.get("/count").json for _ in range(2)] == [{"seen": 1}, {"seen": 2}]

    def test_nothing_of_flask_is_replaced(self, service: Service) -> None:
        """But for the one attribute that Flask names for it: wsgi_app, around which middleware goes."""
        app = service.app
        assert (type(app), app.request_class, app.response_class) == (Flask, Request, Response)
        assert {name for name in vars(app) if callable(getattr(Flask, name, None))} == {"wsgi_app"}
        assert Flask(__name__).session_interface is app.session_interface
