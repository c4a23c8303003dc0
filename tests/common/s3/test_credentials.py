"""Signing credentials: static keys, AWS's default chain, or an assumed role that is refreshed in time."""

import datetime
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import DeferredRefreshableCredentials
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from common.s3 import credentials as s3_credentials
from common.s3.errors import AccessDenied, StorageUnavailable
from common.s3.objects import Storage
from common.s3.signing import Credentials, Signer, SignerProvider
from common.settings import Settings, SettingsError
from tests.common.s3.test_errors import client_error
from tests.common.s3.test_signing import signer
from tests.common.test_settings import GOOD

ROLE = "arn:aws:iam::123456789012:role/upload-sign"
POLICY = '{"Version":"2012-10-17","Statement":[]}'
WITHOUT_KEYS = {name: value for name, value in GOOD.items() if "KEY" not in name}
HOUR = 3600


class Sts:
    """A fake AWS token service: returns numbered credentials with these lifetimes in seconds, or raises `fault`."""

    def __init__(self, *lives: int) -> None:
        self.lives = list(lives)
        self.fault: Exception | None = None
        self.asked = 0
        self.now = 1_764_000_000.0

    def date(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self.now, datetime.UTC)

    def __call__(self) -> dict[str, str]:
        self.asked += 1
        if self.fault:
            raise self.fault
        life = self.lives.pop(0) if self.lives else HOUR
        return {
            "access_key": f"ASIA{self.asked}",
            "secret_key": f"secret{self.asked}",
            "token": f"token{self.asked}",
            "expiry_time": (self.date() + datetime.timedelta(seconds=life)).isoformat(),
        }

    def current(self) -> s3_credentials.RefreshingCredentials:
        return s3_credentials.RefreshingCredentials(
            DeferredRefreshableCredentials(self, "assume-role", self.date), lambda: self.now
        )

    def signer_provider(self) -> SignerProvider:
        return SignerProvider(self.current(), lambda credentials: signer(credentials=credentials))


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> pytest.MonkeyPatch:
    """An environment where AWS's default chain finds no credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    return monkeypatch


@pytest.fixture
def role() -> Iterator[s3_credentials.CredentialsProvider]:
    with mock_aws():
        yield s3_credentials.assumed_role(Settings.load(GOOD), ROLE, "vitrine-upload-sign", POLICY)


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_a_role_is_taken_on_under_its_name_and_for_an_hour(role: s3_credentials.CredentialsProvider) -> None:
    current = role()
    assert current.session_token
    assert current.expires_at is not None
    assert abs(current.expires_at - time.time() - s3_credentials.ROLE_SECONDS) < 60
    who = boto3.client(
        "sts",
        region_name="us-east-1",
        aws_access_key_id=current.access_key,
        aws_secret_access_key=current.secret_key,
        aws_session_token=current.session_token,
    ).get_caller_identity()
    assert who["Arn"] == "arn:aws:sts::123456789012:assumed-role/upload-sign/vitrine-upload-sign"


def test_nobody_is_asked_before_the_first_signature() -> None:
    """A service starts even if the token service is temporarily unavailable."""
    sts = Sts()
    current = sts.current()
    assert sts.asked == 0
    current()
    assert sts.asked == 1


def test_a_url_carries_the_session_and_is_the_one_that_botocore_makes(role: s3_credentials.CredentialsProvider) -> None:
    current_signer = s3_credentials.signer_provider(Settings.load(GOOD), role)
    now, who = time.time(), role()
    url = current_signer().presign("PUT", "staging/a", now=now, expires=900)
    theirs = boto3.client(
        "s3",
        endpoint_url=GOOD["S3_PUBLIC_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=who.access_key,
        aws_secret_access_key=who.secret_key,
        aws_session_token=who.session_token,
        config=Config(signature_version="s3v4"),
    ).generate_presigned_url("put_object", Params={"Bucket": "vitrine", "Key": "staging/a"}, ExpiresIn=900)
    assert query(url)["X-Amz-Security-Token"] == query(theirs)["X-Amz-Security-Token"] == who.session_token
    assert urlsplit(url).path == urlsplit(theirs).path


def test_the_same_signer_serves_until_the_credentials_are_renewed() -> None:
    sts = Sts()
    current_signer = sts.signer_provider()
    first = current_signer()
    for _ in range(44):
        sts.now += 60
        assert current_signer() is first
    assert sts.asked == 1


def test_credentials_are_renewed_before_a_put_would_outlive_them() -> None:
    """So a PUT URL signed for 15 minutes is valid for the whole time."""
    sts = Sts()
    current_signer = sts.signer_provider()
    for _ in range(300):
        sts.now += 59
        assert current_signer().lifetime(int(sts.now), 900) == 900
    assert sts.asked == 7
    assert current_signer().credentials == Credentials(
        "ASIA7", "secret7", "token7", current_signer().credentials.expires_at
    )


def test_while_they_cannot_be_renewed_what_is_left_of_them_is_used(caplog: pytest.LogCaptureFixture) -> None:
    """The token service may fail for minutes without any effect. No URL outlives its credentials."""
    sts = Sts()
    current_signer = sts.signer_provider()
    first = current_signer()
    sts.fault = EndpointConnectionError(endpoint_url="https://sts.example")
    sts.now += HOUR - 899
    assert current_signer() is first
    assert first.lifetime(int(sts.now), 900) == 899
    assert "Refreshing temporary credentials failed" in caplog.text
    assert "secret1" not in caplog.text
    assert "token1" not in caplog.text


def test_a_token_service_that_does_not_answer_is_asked_only_now_and_then() -> None:
    """Each attempt may block a request until it times out."""
    sts = Sts()
    current_signer = sts.signer_provider()
    current_signer()
    sts.fault = EndpointConnectionError(endpoint_url="https://sts.example")
    sts.now += HOUR - 890
    for _ in range(200):
        current_signer()
        sts.now += 0.5
    assert 9 <= sts.asked <= 12
    sts.fault = None
    sts.now += s3_credentials.RETRY_SECONDS
    assert current_signer().lifetime(int(sts.now), 900) == 900


@pytest.mark.parametrize(
    ("fault", "ours"),
    [
        (EndpointConnectionError(endpoint_url="https://sts.example"), StorageUnavailable),
        (client_error(503, "ServiceUnavailable"), StorageUnavailable),
        (client_error(403, "AccessDenied"), AccessDenied),
    ],
)
def test_when_there_is_nothing_left_the_reason_has_its_own_answer(fault: ClientError, ours: type[Exception]) -> None:
    """503 if a retry may help. A role that cannot be assumed is the operator's fault, not the client's."""
    sts = Sts()
    current = sts.current()
    current()
    sts.fault = fault
    sts.now += HOUR
    with pytest.raises(ours):
        current()
    sts.fault = None
    assert current().expires_at == sts.now + HOUR


def test_credentials_that_come_ended_are_no_credentials() -> None:
    """Otherwise a wrong clock would lead to signed URLs that are already expired."""
    with pytest.raises(StorageUnavailable):
        Sts(-5).current()()


def test_keys_and_their_end_belong_together_however_many_ask() -> None:
    """Keys and expiry always match, also while another thread refreshes them."""
    lives = [1000 + number for number in range(400)]
    sts = Sts(*lives)
    began = sts.now
    current = sts.current()
    wrong: list[Credentials] = []

    def ask() -> None:
        for _ in range(100):
            sts.now += 100
            found = current()
            number = int(found.access_key.removeprefix("ASIA")) - 1
            made = (found.expires_at or 0) - lives[number]
            if found.session_token != f"token{number + 1}" or not began <= made <= sts.now or (made - began) % 100:
                wrong.append(found)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sts.asked > 50


def test_static_keys_are_used_as_they_are(nobody: pytest.MonkeyPatch) -> None:
    nobody.setenv("AWS_ACCESS_KEY_ID", "AKIASOMEONE")
    nobody.setenv("AWS_SECRET_ACCESS_KEY", "somebody-elses")
    current = s3_credentials.from_settings(Settings.load(GOOD))
    assert current() == Credentials("key", "not-to-be-seen")
    assert current() is current()


def test_without_keys_the_default_chain_says_who_we_are(nobody: pytest.MonkeyPatch) -> None:
    nobody.setenv("AWS_ACCESS_KEY_ID", "ASIACHAIN")
    nobody.setenv("AWS_SECRET_ACCESS_KEY", "chained")
    nobody.setenv("AWS_SESSION_TOKEN", "session")
    current = s3_credentials.from_settings(Settings.load(WITHOUT_KEYS))
    assert current() == Credentials("ASIACHAIN", "chained", "session")
    assert current() is current()


def test_a_service_account_s_token_becomes_credentials_that_end(nobody: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """As in a pod on EKS (IRSA): a token file, and the role that the token may assume."""
    token = tmp_path / "token"
    token.write_text("a.web.identity")
    nobody.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    nobody.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/download")
    nobody.setenv("AWS_REGION", "us-east-1")
    with mock_aws(config={"core": {"mock_credentials": False}}):  # moto's fake keys would precede the token
        current = s3_credentials.from_settings(Settings.load(WITHOUT_KEYS))()
    assert current.access_key.startswith("ASIA")
    assert current.session_token
    assert current.expires_at == pytest.approx(time.time() + HOUR, abs=60)


@pytest.mark.parametrize(
    "ask",
    [s3_credentials.from_settings, Storage, lambda settings: s3_credentials.assumed_role(settings, ROLE, "x", POLICY)],
)
def test_nobody_at_all_stops_the_start(nobody: pytest.MonkeyPatch, ask: Any) -> None:
    with pytest.raises(SettingsError, match="S3_ACCESS_KEY_ID is not set, and AWS's default chain"):
        ask(Settings.load(WITHOUT_KEYS))


def test_a_signer_for_what_lasts_cuts_nothing() -> None:
    assert Signer(Credentials("a", "b"), "us-east-1", "http://h", "vitrine").lifetime(0, 7 * 24 * HOUR) == 7 * 24 * HOUR
