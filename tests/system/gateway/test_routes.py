"""Each path leads unchanged to the one service that owns it, and nothing else is reachable."""

import pytest

from tests.support.fake_server import FakeServer
from tests.support.nginx import INDEX, Gateway

ID = "0" * 26
ROUTES = [
    ("POST", "/api/uploads", "upload"),
    ("POST", f"/api/uploads/{ID}/sign", "upload"),
    ("POST", f"/api/uploads/{ID}/complete", "upload"),
    ("GET", f"/api/uploads/{ID}/parts?upload_id=a%2Fb", "upload"),
    ("DELETE", f"/api/uploads/{ID}", "upload"),
    ("DELETE", f"/api/images/{ID}?purge=true", "upload"),
    ("POST", f"/api/images/{ID}/restore", "upload"),
    ("GET", "/api/config", "upload"),
    ("POST", "/s3/multipart", "upload"),
    ("GET", "/s3/multipart/u/1?key=k", "upload"),
    ("GET", "/api/images?limit=2&cursor=x", "catalog"),
    ("GET", f"/api/images/{ID}", "catalog"),
    ("GET", "/api/timeline", "catalog"),
    ("GET", f"/api/images/{ID}/download", "download"),
    ("GET", f"/api/images/{ID}/original", "download"),
    ("GET", f"/api/images/{ID}/thumbnail", "download"),
    ("POST", f"/api/images/{ID}/links", "download"),
    ("POST", "/api/downloads", "download"),
    ("GET", "/api/s/abc.1.def", "download"),
]


@pytest.mark.parametrize(("method", "path", "service"), ROUTES)
def test_a_call_reaches_its_service_as_it_was_written(
    gateway: Gateway, fakes: dict[str, FakeServer], method: str, path: str, service: str
) -> None:
    """The path and query arrive byte for byte, at one service and no other."""
    reply = gateway.ask(path, method)
    assert reply.status == 200
    assert reply.json() == {"service": service, "method": method, "target": path}
    assert sum(len(fake.seen) for fake in fakes.values()) == 1


def test_head_goes_where_get_goes(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """HEAD of one image goes to the catalog."""
    assert gateway.ask(f"/api/images/{ID}", "HEAD").status == 200
    assert [request.method for request in fakes["catalog"].seen] == ["HEAD"]


@pytest.mark.parametrize("service", ["upload", "catalog", "download"])
def test_each_service_s_contract_is_served(gateway: Gateway, fakes: dict[str, FakeServer], service: str) -> None:
    """The OpenAPI documents are reachable, but the services' other internal paths are not."""
    assert gateway.ask(f"/api/{service}/openapi.json").json()["target"] == "/openapi.json"
    assert gateway.ask(f"/api/{service}/metrics").status == 404


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/openapi.json", "/api/livez", "/api/metrics"])
def test_the_services_own_paths_stay_inside(gateway: Gateway, fakes: dict[str, FakeServer], path: str) -> None:
    """Probes and metrics are for the operator."""
    assert gateway.ask(path).status == 404
    assert not any(fake.seen for fake in fakes.values())


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nope", "/api/images/", f"/api/images/{ID}/nope", "/api/uploadsx", "/api/s", "/s3", "/api"]
)
def test_an_unknown_api_path_is_a_problem_not_the_page(gateway: Gateway, path: str) -> None:
    """A program that mistypes a path gets JSON."""
    reply = gateway.ask(path)
    assert reply.status == 404
    assert reply.headers["Content-Type"] == "application/problem+json"


def test_a_method_that_nobody_knows_names_those_that_exist(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """A 405 carries Allow."""
    reply = gateway.ask(f"/api/images/{ID}", "PUT")
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD, DELETE")
    assert gateway.ask("/", "POST").headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/index.html", f"/p/{ID}"])
def test_the_page_is_asked_for_each_time_but_not_sent_twice(gateway: Gateway, path: str) -> None:
    """The page and its deep links have no-cache and an ETag, and give a 304 for it."""
    reply = gateway.ask(path)
    assert (reply.status, reply.body, reply.headers["Cache-Control"]) == (200, INDEX, "no-cache")
    assert reply.headers["Content-Type"].startswith("text/html")
    assert gateway.ask(path, headers={"If-None-Match": reply.headers["ETag"]}).status == 304


def test_hashed_files_are_kept_for_a_year_and_missing_ones_are_not(gateway: Gateway) -> None:
    """A file with its hash in the name never changes; a 404 during a roll-out must not be cached."""
    reply = gateway.ask("/assets/app-abc123.js", headers={"Accept-Encoding": "gzip"})
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (reply.headers["Content-Encoding"], reply.headers["Vary"]) == ("gzip", "Accept-Encoding")
    missing = gateway.ask("/assets/app-old.js")
    assert (missing.status, missing.headers["Cache-Control"]) == (404, "no-store")


def test_a_service_worker_is_asked_for_each_time(gateway: Gateway) -> None:
    """A cached one would keep an old page alive."""
    reply = gateway.ask("/sw.js")
    assert (reply.headers["Cache-Control"], reply.headers["Content-Type"]) == ("no-cache", "application/javascript")


def test_other_files_have_their_type_or_are_hidden(gateway: Gateway) -> None:
    """The manifest has its type; files that tools left behind are hidden; unknown paths do not give the page."""
    assert gateway.ask("/app.webmanifest").headers["Content-Type"] == "application/manifest+json"
    assert [gateway.ask(path).status for path in ("/.hidden", "/nope", "/assets/", "/s/x")] == [404] * 4
