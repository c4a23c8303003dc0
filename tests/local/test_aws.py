"""docs/aws gives on AWS what local/ and the reconciler give here, and AWS's interfaces take all of it."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from common.domain.keys import STAGING, TRASH
from common.s3 import credentials as s3_credentials
from common.settings import Settings
from local import bucket, credentials, rights
from tests.common.test_settings import GOOD
from upload import expiry

AWS = Path(__file__).parents[2] / "docs" / "aws"
README = (AWS / "README.md").read_text()
FILES = sorted(path.relative_to(AWS).as_posix() for path in AWS.rglob("*.json"))
SERVICES = [name for name in credentials.IDENTITIES if name != "admin"]
VALUES = {
    "S3_BUCKET": "my-gallery",
    "PAGE_ORIGIN": "https://gallery.example",
    "ACCOUNT_ID": "123456789012",
    "OIDC_PROVIDER": "oidc.eks.eu-central-1.amazonaws.com/id/ABCDEF",
    "NAMESPACE": "vitrine",
    "SERVICE_ACCOUNT": "upload",
}
# What the embedded store has no word for: there the service has a second pair of keys.
ONLY_ON_AWS = {"upload-publish": ["SignAsUploadSign"]}


def filled(file: str) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: VALUES[found[1]], (AWS / file).read_text())


def parsed(file: str) -> Any:
    return json.loads(filled(file))


@pytest.fixture
def aws() -> Iterator[boto3.Session]:
    with mock_aws():
        yield boto3.Session(region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret")


def test_each_identity_has_its_policy_and_nobody_else_has_one() -> None:
    assert {path.stem for path in (AWS / "policies").iterdir()} == set(SERVICES)
    assert {path.stem for path in rights.POLICIES.iterdir()} == set(SERVICES)


@pytest.mark.parametrize("identity_name", SERVICES)
def test_the_rights_are_those_of_the_embedded_store(identity_name: str) -> None:
    """Which tests/system/test_rights.py tries one by one."""
    theirs = parsed(f"policies/{identity_name}.json")
    ours = json.loads(rights.policy(identity_name, VALUES["S3_BUCKET"]))
    added = ONLY_ON_AWS.get(identity_name, [])
    assert [statement["Sid"] for statement in theirs["Statement"] if statement["Sid"] in added] == added
    assert {**theirs, "Statement": [s for s in theirs["Statement"] if s["Sid"] not in added]} == ours


def test_the_one_more_right_is_to_take_on_the_signing_role_and_only_that_role_may() -> None:
    (added,) = [s for s in parsed("policies/upload-publish.json")["Statement"] if s["Sid"] == "SignAsUploadSign"]
    assert (added["Action"], added["Resource"]) == (
        "sts:AssumeRole",
        "arn:aws:iam::123456789012:role/vitrine-upload-sign",
    )
    (trust,) = parsed("trust/upload-sign.json")["Statement"]
    assert trust["Principal"] == {"AWS": "arn:aws:iam::123456789012:role/vitrine-upload-publish"}


def test_the_session_s_name_in_the_trust_is_the_one_that_the_service_uses() -> None:
    (trust,) = parsed("trust/upload-sign.json")["Statement"]
    name = trust["Condition"]["StringEquals"]["sts:RoleSessionName"]
    app = (AWS.parents[1] / "services" / "upload" / "app.py").read_text()
    assert f'settings.upload_sign_role_arn, "{name}"' in app


def test_cors_is_that_of_the_embedded_store() -> None:
    assert parsed("bucket/cors.json") == {"CORSRules": bucket.cors_rules([VALUES["PAGE_ORIGIN"]])}


def test_the_lifecycle_removes_what_the_reconciler_removes_where_there_is_none() -> None:
    rules = {rule["ID"]: rule for rule in parsed("bucket/lifecycle.json")["Rules"]}
    assert {rule["Status"] for rule in rules.values()} == {"Enabled"}
    days = {
        rule["Filter"]["Prefix"]: timedelta(days=rule["Expiration"]["Days"])
        for rule in rules.values()
        if "Expiration" in rule
    }
    assert days == {STAGING: expiry.STAGING_AGE, TRASH: expiry.TRASH_AGE}
    parts = rules["unfinished-parts"]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
    assert timedelta(days=parts) == expiry.PARTS_AGE


def test_the_bucket_s_policy_denies_to_everybody_and_allows_nothing() -> None:
    statements = parsed("bucket/policy.json")["Statement"]
    everything = ["arn:aws:s3:::my-gallery", "arn:aws:s3:::my-gallery/*"]
    assert {(s["Effect"], s["Principal"], s["Action"], tuple(s["Resource"])) for s in statements} == {
        ("Deny", "*", "s3:*", tuple(everything))
    }
    assert {"Bool": {"aws:SecureTransport": "false"}} in [s["Condition"] for s in statements]


def test_nothing_can_become_public() -> None:
    assert set(parsed("bucket/public-access-block.json").values()) == {True}


def test_the_readme_names_every_file_and_fills_every_placeholder() -> None:
    for file in FILES:
        assert file in README, file
        used = set(re.findall(r"\$\{(\w+)\}", (AWS / file).read_text()))
        assert used <= set(VALUES)
        assert all(f"${name}" in README for name in used)


def test_aws_takes_the_bucket_s_settings(aws: boto3.Session) -> None:
    s3 = aws.client("s3")
    name = VALUES["S3_BUCKET"]
    s3.create_bucket(Bucket=name)
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=parsed("bucket/public-access-block.json"))
    s3.put_bucket_policy(Bucket=name, Policy=filled("bucket/policy.json"))
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=parsed("bucket/lifecycle.json"))
    s3.put_bucket_cors(Bucket=name, CORSConfiguration=parsed("bucket/cors.json"))
    assert s3.get_bucket_cors(Bucket=name)["CORSRules"] == parsed("bucket/cors.json")["CORSRules"]
    assert len(s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]) == 3


def test_aws_takes_the_roles_and_the_service_can_take_on_the_one_that_signs(aws: boto3.Session) -> None:
    iam = aws.client("iam")
    for name in SERVICES:
        trust = filled("trust/upload-sign.json" if name == "upload-sign" else "trust/service-account.json")
        iam.create_role(RoleName=f"vitrine-{name}", AssumeRolePolicyDocument=trust)
        iam.put_role_policy(
            RoleName=f"vitrine-{name}", PolicyName="vitrine", PolicyDocument=filled(f"policies/{name}.json")
        )
    arn = iam.get_role(RoleName="vitrine-upload-sign")["Role"]["Arn"]
    assert s3_credentials.assumed_role(Settings.load(GOOD), arn, "vitrine-upload-sign")().session_token
