"""Who may upload, and who may continue an upload. No store is needed: permissions are signatures."""

import base64
import re
from typing import Any

import pytest
from flask import Flask

import upload.app
from common.settings import SettingsError
from tests.support.services import describe
from tests.upload.test_settings import KEYS
from upload.settings import UploadSettings

ADMIN_TOKEN = "the-operators-own-token-forty-characters"
BASE = {
    "S3_ENDPOINT_URL": "http://127.0.0.1:8333",
    "S3_PUBLIC_ENDPOINT_URL": "http://127.0.0.1:8333",
    "S3_ACCESS_KEY_ID": "publishes",
    "S3_SECRET_ACCESS_KEY": "its-secret",
    "PUBLIC_ORIGINS": "http://localhost:8080,http://127.0.0.1:8080",
    "ADMIN_TOKEN": ADMIN_TOKEN,
    **KEYS,
}
OLD, NEW = (f"k{number}:{base64.urlsafe_b64encode(bytes([number] * 32)).decode()}" for number in (1, 2))
OPEN = {"PUBLIC_ORIGINS": "https://pictures.example"}


def service(**changes: str) -> Any:
    """A client of the upload service with these settings."""
    return upload.app.create_app({**BASE, "TOKEN_KEYS": OLD, **changes}).test_client()


def ask(client: Any, **headers: str) -> Any:
    return client.post("/api/uploads", json={"files": [describe(b"x")]}, headers=headers)


def sign(client: Any, granted: dict[str, Any], token: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {token or granted['token']}"}
    status: int = client.post(f"/api/uploads/{granted['id']}/sign", headers=headers).status_code
    return status


def granted_by(client: Any) -> dict[str, Any]:
    granted: dict[str, Any] = ask(client).json["uploads"][0]
    return granted


class TestUploadKey:
    """With a key set, permissions require it."""

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            (None, 401),
            ("", 401),
            ("sesame", 403),
            ("Open-sesame-please", 403),
            ("open-sesame-please!", 403),
            ("open-sesame-please", 201),
        ],
    )
    def test_it_opens_the_door_and_nothing_else_does(self, sent: str | None, status: int) -> None:
        client = service(UPLOAD_KEY="open-sesame-please")
        answer = ask(client, **({} if sent is None else {"X-Upload-Key": sent}))
        assert answer.status_code == status
        assert ("uploads" in answer.json) is (status == 201)
        assert client.get("/api/config").json["upload_key_required"] is True

    def test_the_operator_s_token_is_no_upload_key(self) -> None:
        client = service(UPLOAD_KEY="open-sesame-please")
        assert ask(client, Authorization=f"Bearer {ADMIN_TOKEN}").status_code == 401
        assert ask(client, **{"X-Upload-Key": ADMIN_TOKEN}).status_code == 403

    def test_it_is_needed_only_for_new_uploads(self) -> None:
        """The token is enough to continue, also when the key changes meanwhile."""
        granted = ask(service(UPLOAD_KEY="open-sesame-please"), **{"X-Upload-Key": "open-sesame-please"}).json[
            "uploads"
        ][0]
        assert sign(service(UPLOAD_KEY="another-one-than-that"), granted) == 200

    def test_without_one_on_this_machine_alone_everyone_may(self) -> None:
        client = service()
        assert ask(client).status_code == 201
        assert client.get("/api/config").json["upload_key_required"] is False


class TestOpenUploads:
    """A gallery that others can reach starts only with a setting for who may upload."""

    @pytest.mark.parametrize(
        "reachable",
        [
            OPEN,
            {"PUBLIC_ORIGINS": "http://localhost:8080,http://192.0.2.7:8080"},
            {"S3_PUBLIC_ENDPOINT_URL": "http://192.0.2.7:8333"},
        ],
    )
    def test_reachable_and_nothing_said_stops_the_start(self, reachable: dict[str, str]) -> None:
        with pytest.raises(SettingsError, match="OPEN_UPLOADS=true"):
            service(**reachable)
        with pytest.raises(SettingsError, match="OPEN_UPLOADS=true"):
            service(**reachable, OPEN_UPLOADS="false")
        assert ask(service(**reachable, OPEN_UPLOADS="true")).status_code == 201
        assert ask(service(**reachable, UPLOAD_KEY="open-sesame-please")).status_code == 401

    def test_a_key_counts_also_when_uploads_are_said_to_be_open(self) -> None:
        assert ask(service(**OPEN, OPEN_UPLOADS="true", UPLOAD_KEY="open-sesame-please")).status_code == 401

    @pytest.mark.parametrize(
        "sample",
        [
            {"UPLOAD_KEY": "change-me"},
            {"UPLOAD_KEY": "4821"},
            {"UPLOAD_KEY": "fifteen-letters"},
            {"ADMIN_TOKEN": "change-me"},
            {"ADMIN_TOKEN": "x"},
        ],
    )
    def test_a_sample_or_short_secret_stops_the_start(self, sample: dict[str, str]) -> None:
        (name,) = sample
        with pytest.raises(SettingsError, match=name):
            service(**sample)


def changing_routes(app: Flask) -> list[tuple[str, str]]:
    """The methods and paths of a service that change something."""
    return sorted(
        (method, re.sub(r"<[^>]*>", "x", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    )


class TestOrigin:
    """A foreign page may change nothing, whatever token its visitor's browser sends along."""

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8081", "http://localhost"])
    def test_every_route_that_changes_something_refuses_it(self, origin: str) -> None:
        client = service()
        routes = changing_routes(client.application)
        assert {("DELETE", "/api/images/x"), ("POST", "/api/images/x/restore"), ("POST", "/api/uploads")} <= set(routes)
        for method, address in routes:
            headers = {"Origin": origin, "Authorization": f"Bearer {ADMIN_TOKEN}"}
            answer = client.open(address, method=method, headers=headers)
            assert (answer.status_code, answer.content_type) == (403, "application/problem+json"), (method, address)
            assert "origin" in answer.json["detail"]

    @pytest.mark.parametrize("origin", ["http://localhost:8080", "http://127.0.0.1:8080", None])
    def test_our_page_and_programs_pass(self, origin: str | None) -> None:
        assert ask(service(), **({"Origin": origin} if origin else {})).status_code == 201


class TestRotation:
    """Token keys are changed in three steps; at no moment does a replica refuse a token that another one issued."""

    RINGS = (OLD, f"{OLD},{NEW}", f"{NEW},{OLD}")

    @pytest.mark.parametrize("step", [0, 1])
    def test_replicas_before_and_after_a_step_take_each_other_s_tokens(self, step: int) -> None:
        before, after = (service(TOKEN_KEYS=ring) for ring in self.RINGS[step : step + 2])
        for giver, taker in ((before, after), (after, before), (after, after)):
            assert sign(taker, granted_by(giver)) == 200

    def test_the_first_signs(self) -> None:
        kids = [granted_by(service(TOKEN_KEYS=ring))["token"].split(".")[1] for ring in self.RINGS]
        assert kids == ["k1", "k1", "k2"]

    def test_what_was_signed_with_a_key_that_is_gone_is_refused(self) -> None:
        assert sign(service(TOKEN_KEYS=NEW), granted_by(service(TOKEN_KEYS=OLD))) == 403

    def test_a_secret_under_another_s_name_is_refused(self) -> None:
        forged = NEW.replace("k2", "k1")
        assert sign(service(TOKEN_KEYS=OLD), granted_by(service(TOKEN_KEYS=forged))) == 403


class TestConstantTime:
    """Secrets are compared with hmac.compare_digest and nothing else: its result is the answer."""

    @pytest.mark.parametrize("verdict", [True, False])
    def test_it_alone_decides(self, monkeypatch: pytest.MonkeyPatch, verdict: bool) -> None:
        client = service(UPLOAD_KEY="open-sesame-please")
        granted = ask(client, **{"X-Upload-Key": "open-sesame-please"}).json["uploads"][0]
        asked: list[int] = []

        def compare(one: Any, other: Any) -> bool:
            asked.append(len(one))
            return verdict

        monkeypatch.setattr("hmac.compare_digest", compare)
        for key in ("open-sesame-please", "wrong", "open-sesam", "é"):
            assert ask(client, **{"X-Upload-Key": key}).status_code == (201 if verdict else 403)
        assert len(asked) == 4
        for token in (ADMIN_TOKEN, "wrong", granted["token"]):
            # Signing again requires the upload's own token, so the operator is told that there is nothing to sign.
            assert sign(client, granted, token) == (404 if verdict else 403)

    @pytest.mark.parametrize("verdict", [True, False])
    def test_the_mac_of_a_token_too(self, monkeypatch: pytest.MonkeyPatch, verdict: bool) -> None:
        client = service(ADMIN_TOKEN="")
        granted = granted_by(client)
        forged = granted["token"][:-4] + ("AAAA" if granted["token"][-4:] != "AAAA" else "BBBB")
        assert [sign(client, granted), sign(client, granted, forged)] == [200, 403]
        monkeypatch.setattr("hmac.compare_digest", lambda one, other: verdict)
        expected = 200 if verdict else 403
        assert [sign(client, granted), sign(client, granted, forged)] == [expected, expected]


def test_secrets_are_shown_by_nothing() -> None:
    settings = UploadSettings.load({**BASE, "TOKEN_KEYS": OLD, "UPLOAD_KEY": "open-sesame-please"})
    shown = f"{settings!r} {settings} {settings.keyring()!r}"
    assert not [secret for secret in (ADMIN_TOKEN, "open-sesame-please", "its-secret", OLD[3:20]) if secret in shown]
