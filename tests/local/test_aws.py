"""docs/aws gives on AWS what local/ and the reconciler give here, and AWS's interfaces take all of it."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.validate import validate_parameters
from moto import mock_aws

from common.domain.keys import IMAGES, PREVIEWS, STAGING, TRASH
from local import bucket, credentials, rights
from tests.common.test_settings import GOOD
from tests.support.aws_documents import AWS, VALUES, filled, parsed
from upload import expiry
from upload.app import SIGN_SESSION_NAME, signer_provider_for
from upload.settings import UploadSettings

README = (AWS / "README.md").read_text()
FILES = sorted(path.relative_to(AWS).as_posix() for path in AWS.rglob("*.json"))
SERVICES = [name for name in credentials.IDENTITIES if name != "admin"]
# What the embedded store has no word for: there the service has a second pair of keys.
ONLY_ON_AWS = {"upload-publish": ["SignAsUploadSign"]}


@pytest.fixture
def aws() -> Iterator[boto3.Session]:
    with mock_aws():
        yield boto3.Session(region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret")


def assert_valid(service: str, operation: str, params: Any) -> None:
    """Check the parameters against AWS's own description of the call, which boto3 carries."""
    client = boto3.client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    validate_parameters(params, client.meta.service_model.operation_model(operation).input_shape)


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
    assert trust["Condition"]["StringEquals"]["sts:RoleSessionName"] == SIGN_SESSION_NAME


def test_cors_is_that_of_the_embedded_store() -> None:
    assert parsed("bucket/cors.json") == {"CORSRules": bucket.cors_rules([VALUES["PAGE_ORIGIN"]])}


def test_the_lifecycle_removes_what_the_reconciler_removes_where_there_is_none() -> None:
    rules = {rule["ID"]: rule for rule in parsed("bucket/lifecycle.json")["Rules"]}
    assert {rule["Status"] for rule in rules.values()} == {"Enabled"}
    days = {
        rule["Filter"]["Prefix"]: timedelta(days=rule["Expiration"]["Days"])
        for rule in rules.values()
        if "Days" in rule.get("Expiration", {})
    }
    assert days == {STAGING: expiry.STAGING_AGE, TRASH: expiry.TRASH_AGE}
    parts = rules["unfinished-parts"]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
    assert timedelta(days=parts) == expiry.PARTS_AGE


def test_the_bucket_s_policy_denies_to_everybody_and_allows_nothing() -> None:
    """tests/local/test_aws_conditions.py tests what it denies, cell by cell."""
    statements = parsed("bucket/policy.json")["Statement"]
    assert {(statement["Effect"], statement["Principal"]) for statement in statements} == {("Deny", "*")}


def test_nothing_can_become_public() -> None:
    """All four settings, and no object has an ACL of its own."""
    assert parsed("bucket/public-access-block.json") == dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    assert parsed("bucket/ownership-controls.json") == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_a_machine_gives_its_role_only_to_who_holds_a_token_and_not_to_containers() -> None:
    """A token's answer with a hop limit of 1 does not pass the container's network (EC2 user guide, "Use IMDSv2")."""
    options = parsed("machine/metadata-options.json")
    assert options == {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert_valid("ec2", "ModifyInstanceMetadataOptions", {"InstanceId": "i-1", **options})


def test_old_versions_are_removed_after_a_day() -> None:
    """Replication needs versioning. What Vitrine overwrites or deletes must not stay for ever."""
    rules = {rule["ID"]: rule for rule in parsed("bucket/lifecycle.json")["Rules"]}
    assert rules["old-versions"] == {
        "ID": "old-versions",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    }


def test_published_pictures_are_replicated_and_so_are_deletions() -> None:
    rules = parsed("backup/replication.json")["Rules"]
    assert [rule["Filter"] for rule in rules] == [{"Prefix": IMAGES}, {"Prefix": PREVIEWS}]
    assert len({rule["Priority"] for rule in rules}) == 2
    for rule in rules:
        assert (rule["Status"], rule["DeleteMarkerReplication"]) == ("Enabled", {"Status": "Enabled"})
        assert rule["Destination"] == {"Bucket": "arn:aws:s3:::my-gallery-backup", "Account": "210987654321"}
    configuration = {"Bucket": "my-gallery", "ReplicationConfiguration": parsed("backup/replication.json")}
    assert_valid("s3", "PutBucketReplication", configuration)


def test_the_backup_keeps_a_removed_picture_as_long_as_the_trash_and_locks_it() -> None:
    retention = parsed("backup/object-lock.json")["Rule"]["DefaultRetention"]
    (rule,) = parsed("backup/lifecycle.json")["Rules"]
    kept = timedelta(days=rule["NoncurrentVersionExpiration"]["NoncurrentDays"])
    assert kept == timedelta(days=retention["Days"]) == expiry.TRASH_AGE
    assert retention["Mode"] == "COMPLIANCE"


REPLICATION = {"s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"}


def test_replication_can_add_to_the_backup_and_remove_nothing_from_it() -> None:
    """No right of the gallery's account removes a version: ReplicateDelete writes delete markers."""
    (role,) = [s for s in parsed("backup/replication-role.json")["Statement"] if "backup" in str(s["Resource"])]
    ours, tls = parsed("backup/bucket-policy.json")["Statement"]
    for statement in (role, ours):
        assert (set(statement["Action"]), statement["Resource"]) == (
            REPLICATION,
            ["arn:aws:s3:::my-gallery-backup/images/*", "arn:aws:s3:::my-gallery-backup/thumbs/*"],
        )
    assert ours["Principal"] == {"AWS": parsed("backup/replication.json")["Role"]}
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_replication_reads_published_pictures_only() -> None:
    for statement in parsed("backup/replication-role.json")["Statement"]:
        for action in statement["Action"]:
            if action.startswith("s3:GetObject"):
                assert statement["Resource"] == [f"arn:aws:s3:::my-gallery/{prefix}*" for prefix in (IMAGES, PREVIEWS)]
    (trust,) = parsed("trust/replication.json")["Statement"]
    assert trust["Principal"] == {"Service": "s3.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnEquals": {"aws:SourceArn": "arn:aws:s3:::my-gallery"},
    }


def test_no_service_may_remove_an_old_version() -> None:
    """So old versions outlive a stolen identity, until the lifecycle removes them."""
    for name in SERVICES:
        allowed = [s for s in parsed(f"policies/{name}.json")["Statement"] if s["Effect"] == "Allow"]
        actions = [a for s in allowed for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])]
        assert not [a for a in actions if "Version" in a or "*" in a]


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
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=parsed("bucket/ownership-controls.json"))
    s3.put_bucket_policy(Bucket=name, Policy=filled("bucket/policy.json"))
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=parsed("bucket/lifecycle.json"))
    s3.put_bucket_cors(Bucket=name, CORSConfiguration=parsed("bucket/cors.json"))
    assert s3.get_bucket_cors(Bucket=name)["CORSRules"] == parsed("bucket/cors.json")["CORSRules"]
    assert len(s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]) == 4


def test_aws_takes_the_backup_and_the_replication_to_it(aws: boto3.Session) -> None:
    s3, source, target = aws.client("s3"), VALUES["S3_BUCKET"], VALUES["BACKUP_BUCKET"]
    s3.create_bucket(Bucket=source)
    s3.create_bucket(Bucket=target, ObjectLockEnabledForBucket=True)
    s3.put_object_lock_configuration(Bucket=target, ObjectLockConfiguration=parsed("backup/object-lock.json"))
    s3.put_bucket_policy(Bucket=target, Policy=filled("backup/bucket-policy.json"))
    s3.put_bucket_lifecycle_configuration(Bucket=target, LifecycleConfiguration=parsed("backup/lifecycle.json"))
    s3.put_bucket_versioning(Bucket=source, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_replication(Bucket=source, ReplicationConfiguration=parsed("backup/replication.json"))
    rules = s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]["Rules"]
    assert [rule["ID"] for rule in rules] == ["pictures", "previews"]


def test_aws_takes_the_endpoint_of_the_vpc(aws: boto3.Session) -> None:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.s3",
        VpcEndpointType="Gateway",
        PolicyDocument=filled("vpc/endpoint-policy.json"),
    )
    assert made["VpcEndpoint"]["State"] == "available"


def test_aws_takes_the_roles_and_the_service_can_take_on_the_one_that_signs(aws: boto3.Session) -> None:
    iam = aws.client("iam")
    for name in SERVICES:
        trust = filled("trust/upload-sign.json" if name == "upload-sign" else "trust/service-account.json")
        iam.create_role(RoleName=f"vitrine-{name}", AssumeRolePolicyDocument=trust)
        iam.put_role_policy(
            RoleName=f"vitrine-{name}", PolicyName="vitrine", PolicyDocument=filled(f"policies/{name}.json")
        )
    arn = iam.get_role(RoleName="vitrine-upload-sign")["Role"]["Arn"]
    for name in ("upload-publish", "catalog", "download"):
        iam.put_role_policy(
            RoleName=f"vitrine-{name}",
            PolicyName="only-through-endpoint",
            PolicyDocument=filled("vpc/only-through-endpoint.json"),
        )
    iam.create_role(RoleName="vitrine-replication", AssumeRolePolicyDocument=filled("trust/replication.json"))
    iam.put_role_policy(
        RoleName="vitrine-replication", PolicyName="vitrine", PolicyDocument=filled("backup/replication-role.json")
    )
    settings = UploadSettings.load({**GOOD, "TOKEN_KEYS": "k1:" + "A" * 43, "UPLOAD_SIGN_ROLE_ARN": arn})
    assert signer_provider_for(settings)().credentials.session_token
