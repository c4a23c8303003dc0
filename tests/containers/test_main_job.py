"""`docker compose up -d --wait` gives a gallery that works, and goes on working while it is scaled or loses Redis."""

import json
import time

import requests
from docker.models.containers import Container

from tests.support.client import FRESH, Client
from tests.support.pictures import picture
from tests.support.stack import Stack


def test_a_picture_goes_in_is_listed_and_comes_back(client: Client) -> None:
    content = picture()
    image = client.publish(content)
    assert image["id"] in {item["id"] for item in client.listed()}
    assert client.original(image["id"]) == content


def test_the_page_is_served_and_may_reach_the_store(stack: Stack, client: Client) -> None:
    page = client.ask("GET", "/", (200,))
    assert page.headers["Content-Type"].startswith("text/html")
    assert f"connect-src 'self' {stack.s3_url}" in page.headers["Content-Security-Policy"]


def test_a_browser_may_send_to_the_store_from_the_page_and_from_nowhere_else(stack: Stack) -> None:
    """The one-shot has set the bucket's CORS for the page's origins."""
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type,if-none-match"}
    for origin, status in ((stack.url, 200), ("http://elsewhere.example", 403)):
        answer = requests.options(f"{stack.s3_url}/vitrine/staging/x", headers={**asked, "Origin": origin}, timeout=10)
        assert answer.status_code == status, origin
        assert answer.headers.get("Access-Control-Allow-Origin") == (origin if status == 200 else None)


def test_the_store_does_not_walk_through_all_keys(stack: Stack) -> None:
    """The one-shot has switched the job off, on the volume and as the user of the store, which reads the file."""
    from local.store_jobs import LIFECYCLE, switched_off

    (store,) = stack.containers("store")
    status, content = store.exec_run(["cat", f"/data/admin/plugin/job_types/{LIFECYCLE}/config.pb"])
    assert (status, content) == (0, switched_off(LIFECYCLE))


def test_a_service_is_scaled_with_no_change_and_every_replica_gets_work(stack: Stack, client: Client) -> None:
    stack.compose("up", "--detach", "--wait", "--no-recreate", "--scale", "catalog=3")
    assert len(stack.containers("catalog")) == 3
    deadline = time.monotonic() + 15
    while True:
        for _ in range(10):
            client.ask("GET", "/api/images?limit=1", (200,), headers=FRESH)
        served = [_answers(container) for container in stack.containers("catalog")]
        if all(served):
            break
        assert time.monotonic() < deadline, served
    stack.compose("up", "--detach", "--wait", "--no-recreate", "--scale", "catalog=2")


def test_without_redis_everything_still_works(stack: Stack, client: Client) -> None:
    stack.compose("stop", "--timeout", "2", "redis")
    try:
        image = client.publish(picture())
        assert image["id"] in {item["id"] for item in client.listed()}
    finally:
        stack.compose("start", "redis")
    assert client.listed()


def test_pictures_and_secrets_survive_down_and_up(stack: Stack, client: Client) -> None:
    """The volumes are what lasts; the containers are made anew."""
    content = picture()
    image, secrets = client.publish(content), stack.secrets()
    before = {container.id for container in stack.containers()}
    stack.compose("down", "--timeout", "10")
    assert stack.containers(ended=True) == []
    stack.compose("up", "--detach", "--wait")
    assert before.isdisjoint(container.id for container in stack.containers())
    again = Client(stack.url)
    assert image["id"] in {item["id"] for item in again.listed()}
    assert again.original(image["id"]) == content
    assert stack.secrets() == secrets


def _answers(container: Container) -> int:
    """How many requests this replica has answered."""
    lines = container.logs().decode().splitlines()
    return sum(json.loads(line)["logger"] == "access" for line in lines)
