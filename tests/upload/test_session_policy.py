"""The signing role is assumed with a session policy, so its credentials only PUT below staging/.

tests/local/test_aws_conditions.py evaluates the policy for each operation and prefix.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from common.s3 import client as s3_client
from tests.common.test_settings import GOOD
from upload.app import signer_provider_for
from upload.session_policy import session_policy
from upload.settings import UploadSettings

ROLE = "arn:aws-cn:iam::123456789012:role/upload-sign"
CREDENTIALS = {
    "AccessKeyId": "ASIA0123456789ABCDEF",
    "SecretAccessKey": "secret",
    "SessionToken": "token",
    "Expiration": datetime.now(UTC) + timedelta(hours=1),
}


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("sts", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    monkeypatch.setattr(s3_client, "client", lambda *_, **__: client)
    with Stubber(client) as stubber:
        yield stubber


def test_the_role_is_assumed_for_puts_below_staging_of_this_bucket(sts: Stubber) -> None:
    settings = UploadSettings.load(
        {**GOOD, "TOKEN_KEYS": "k1:" + "A" * 43, "UPLOAD_SIGN_ROLE_ARN": ROLE, "S3_BUCKET": "gallery"}
    )
    wanted = {
        "RoleArn": ROLE,
        "RoleSessionName": "vitrine-upload-sign",
        "DurationSeconds": 3600,
        "Policy": session_policy(ROLE, "gallery"),
    }
    sts.add_response("assume_role", {"Credentials": CREDENTIALS}, wanted)
    assert signer_provider_for(settings)().credentials.session_token == "token"
    sts.assert_no_pending_responses()


def test_the_only_right_to_the_bucket_is_in_the_role_s_partition() -> None:
    statements: list[dict[str, Any]] = json.loads(session_policy(ROLE, "gallery"))["Statement"]
    assert [s for s in statements if s["Action"] == "s3:PutObject"] == [
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws-cn:s3:::gallery/staging/*"}
    ]
    assert not [s for s in statements if s["Action"] != "s3:PutObject" and "s3:" in json.dumps(s["Action"])]


def test_the_policy_fits_a_call() -> None:
    """STS takes at most 2,048 characters (STS API reference, AssumeRole)."""
    assert len(session_policy(f"arn:aws-us-gov:iam::123456789012:role/{'r' * 512}", "b" * 63)) < 2048
