"""Logs: JSON, and nothing in them that works as a key."""

import json
import time

import pytest

from tests.support.client import Client
from tests.support.nginx import LOG_SECONDS
from tests.support.pictures import picture
from tests.support.stack import SERVICES, Stack

WRITERS = (*SERVICES, "reconciler", "gateway")


@pytest.fixture(scope="module")
def used(stack: Stack) -> list[str]:
    """After real use; returns what must not have been written anywhere: tokens and signatures."""
    client = Client(stack.url)
    content = picture()
    granted = client.grant(content)
    image = client.publish(content)
    there = client.ask("GET", f"/api/images/{image['id']}/download", (302,)).headers["Location"]
    client.ask("POST", f"/api/uploads/{granted['id']}/complete", (401,))
    client.ask("GET", "/api/images?cursor=rubbish%00", (400, 422))
    client.ask("GET", "/nothing/here", (404,))
    signature = there.split("X-Amz-Signature=")[1][:64]
    # The gateway writes its lines in lots: an earlier look would find nothing and prove nothing.
    time.sleep(LOG_SECONDS)
    return [granted["token"], signature, granted["put"]["url"].split("X-Amz-Signature=")[1][:64]]


@pytest.mark.parametrize("service", WRITERS)
def test_every_line_is_json_with_a_time_and_a_level(stack: Stack, used: list[str], service: str) -> None:
    for line in stack.log_lines(service):
        told = json.loads(line)
        assert {"time", "level", "message"} <= told.keys(), line


def test_no_line_of_any_container_holds_a_secret(stack: Stack, used: list[str]) -> None:
    secrets = stack.secrets()
    kept = [key["secret"] for key in secrets["s3"].values()]  # type: ignore[attr-defined]
    kept += [secrets["admin_token"], secrets["redis_password"], *secrets["store_signing"]]  # type: ignore[misc]
    kept += [str(secrets["token_keys"]).partition(":")[2], *used]
    for service in (*WRITERS, "redis", "store", "secrets", "bucket"):
        text = "\n".join(stack.log_lines(service))
        assert not [secret for secret in kept if str(secret) in text], service


def test_one_request_id_goes_through_gateway_and_service(stack: Stack, client: Client) -> None:
    client.ask("GET", "/api/config", (200,), headers={"X-Request-ID": "seen-in-both-logs"})
    time.sleep(LOG_SECONDS)  # the gateway writes its lines in lots
    for service in ("gateway", "upload"):
        assert any(json.loads(line).get("request_id") == "seen-in-both-logs" for line in stack.log_lines(service))
