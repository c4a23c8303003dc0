"""What each credential may do on AWS, by operation, prefix, kind and age of the signature, and headers.

No AWS is asked: tests/support/iam.py evaluates the policies of docs/aws. The rights by prefix are those that
tests/system/test_rights.py tries on the real store. On AWS the bucket's policy narrows them, and `narrowed` says the
same a second time, as code. The ages are those of the code that signs.
"""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import unquote

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from moto import mock_aws

from common.domain.keys import IMAGES, PREVIEWS, STAGING, TRASH, image_key, make_id, staging_key, staging_preview_key
from common.domain.tokens import Claims, Preview
from common.s3 import client as s3_client
from common.s3.multipart import MultipartStorage
from common.settings import Settings
from download.api.schemas import Variant
from download.signed_urls import WINDOW_SECONDS
from tests.common.test_settings import GOOD
from tests.support import iam
from tests.support.aws_documents import AWS, VALUES, parsed
from tests.support.one_picture import PICTURE, PREVIEW, digest
from tests.system.test_rights import PICTURES, RIGHTS
from upload.errors import Refused
from upload.expiry import Expiry
from upload.lifecycle.executor import Executor
from upload.lifecycle.metadata import metadata_for
from upload.limits import PUT_SECONDS
from upload.multipart.uploads import MultipartUploads
from upload.session_policy import session_policy
from upload.settings import MAX_STAGING_HOURS

BUCKET = f"arn:aws:s3:::{VALUES['S3_BUCKET']}"
HEADER, QUERY, POST = "REST-HEADER", "REST-QUERY-STRING", "POST"
TLS = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}

# Operation → IAM action (S3 user guide, "Required permissions for Amazon S3 API operations").
ACTIONS = {
    "put": "s3:PutObject",
    "create multipart": "s3:PutObject",
    "upload part": "s3:PutObject",
    "complete multipart": "s3:PutObject",
    "get": "s3:GetObject",
    "head": "s3:GetObject",
    "delete": "s3:DeleteObject",
    "list": "s3:ListBucket",
    "list parts": "s3:ListMultipartUploadParts",
    "abort multipart": "s3:AbortMultipartUpload",
    "tag": "s3:PutObjectTagging",
    "read tags": "s3:GetObjectTagging",
    "publish by acl": "s3:PutObjectAcl",
}
# They accept no If-None-Match (S3 user guide, "Enforce conditional writes on Amazon S3 buckets").
OF_PARTS = ("create multipart", "upload part")
CREATES = ("put", "complete multipart")

PUT_MS = PUT_SECONDS * 1000
# A URL is valid for two windows (download/signed_urls.py).
ORIGINAL_MS = 2 * max(WINDOW_SECONDS[Variant.ORIGINAL], WINDOW_SECONDS[Variant.DOWNLOAD]) * 1000
PREVIEW_MS = 2 * WINDOW_SECONDS[Variant.PREVIEW] * 1000
AGES = sorted(limit + late for limit in (PUT_MS, ORIGINAL_MS, PREVIEW_MS) for late in (0, 1))
# Kind of signature, and its age in milliseconds. A request signed in its headers has no age.
SIGNATURES = [(HEADER, None), (POST, 0), *((QUERY, age) for age in AGES)]
HEADERS: list[dict[str, str]] = [{}, {"s3:if-none-match": "*"}, {"s3:if-match": '"etag"'}]


class Cell(NamedTuple):
    identity: str
    operation: str
    prefix: str
    auth: str = HEADER
    age: int | None = None
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    connection: dict[str, str] = TLS

    def request(self, kind: str = "role") -> iam.Request:
        context = {
            "aws:PrincipalArn": f"arn:aws:iam::{VALUES['ACCOUNT_ID']}:{kind}/vitrine-{self.identity}",
            "s3:authType": self.auth,
            **self.headers,
            **self.connection,
        }
        if self.age is not None:
            context["s3:signatureAge"] = str(self.age)
        if self.operation == "list":
            context["s3:prefix"] = self.prefix
            return iam.Request(ACTIONS[self.operation], BUCKET, context)
        if self.operation in (*CREATES, *OF_PARTS):
            context["s3:ObjectCreationOperation"] = "true" if self.operation in CREATES else "false"
        return iam.Request(ACTIONS[self.operation], f"{BUCKET}/{self.prefix}x", context)


CELLS = {
    identity: [
        Cell(identity, operation, prefix, auth, age, headers)
        for operation in ACTIONS
        for prefix in (*PICTURES, "other/")
        for auth, age in SIGNATURES
        for headers in HEADERS
    ]
    for identity in RIGHTS
}
POLICIES = {identity: [parsed(f"policies/{identity}.json")] for identity in RIGHTS}
BUCKET_POLICY = parsed("bucket/policy.json")


def allowed(request: iam.Request, identity: str, bucket: Any = BUCKET_POLICY) -> bool:
    return iam.allows(request, identity=POLICIES[identity], bucket=bucket)


@cache
def allowed_cells(identity: str) -> list[Cell]:
    return [cell for cell in CELLS[identity] if allowed(cell.request(), identity)]


def narrowed(cell: Cell) -> bool:
    """Whether the bucket's policy refuses what the identity may do elsewhere."""
    late = {STAGING: PUT_MS, IMAGES: ORIGINAL_MS, PREVIEWS: PREVIEW_MS}.get(cell.prefix, 0)
    replaces = cell.operation in CREATES and "s3:if-none-match" not in cell.headers
    match cell.identity:
        case "upload-sign":
            return cell.auth != QUERY or (cell.age or 0) > late or replaces
        case "download" if cell.operation in ("get", "head"):
            return cell.auth != QUERY or (cell.age or 0) > late
        case "upload-publish" if cell.prefix == IMAGES and replaces:
            return True
        case "upload-publish" if cell.prefix == STAGING and replaces and not cell.headers:
            return True
    return cell.auth != HEADER


@pytest.mark.parametrize("kind", ["role", "user"])
@pytest.mark.parametrize("identity", RIGHTS)
def test_each_cell_is_what_is_written_here(identity: str, kind: str) -> None:
    rights = RIGHTS[identity]
    expected = {
        index: cell.prefix in rights.get(cell.operation, ()) and not narrowed(cell)
        for index, cell in enumerate(CELLS[identity])
    }
    found = {index: allowed(cell.request(kind), identity) for index, cell in enumerate(CELLS[identity])}
    assert [CELLS[identity][index] for index in found if found[index] is not expected[index]] == []
    assert any(found.values())


@pytest.mark.parametrize(
    "connection",
    [{"aws:SecureTransport": "false"}, {"aws:SecureTransport": "true", "s3:TlsVersion": "1.1"}],
    ids=["plain", "old TLS"],
)
@pytest.mark.parametrize("identity", RIGHTS)
def test_nothing_without_tls_1_2(identity: str, connection: dict[str, str]) -> None:
    cells = allowed_cells(identity)
    assert cells
    assert not any(allowed(cell._replace(connection=connection).request(), identity) for cell in cells)


def test_the_readme_states_the_ages_of_the_code() -> None:
    readme = (AWS / "README.md").read_text()
    for place, limit in ((STAGING, PUT_MS), (IMAGES, ORIGINAL_MS), (PREVIEWS, PREVIEW_MS)):
        assert [line for line in readme.splitlines() if f"`{place}`" in line and f" {limit:,} ms old" in line], place


@pytest.mark.parametrize("sid", [statement["Sid"] for statement in BUCKET_POLICY["Statement"]])
def test_each_statement_of_the_bucket_decides_a_cell(sid: str) -> None:
    """So no statement is without effect, and none can go without a failing test."""
    without = {**BUCKET_POLICY, "Statement": [s for s in BUCKET_POLICY["Statement"] if s["Sid"] != sid]}
    connections = (TLS, {**TLS, "aws:SecureTransport": "false"}, {**TLS, "s3:TlsVersion": "1.1"})
    assert any(
        allowed(request, identity, without) and not allowed(request, identity)
        for identity, cells in CELLS.items()
        for cell in cells
        if cell.prefix in RIGHTS[identity].get(cell.operation, ())
        for request in (cell._replace(connection=connection).request() for connection in connections)
    )


@pytest.mark.parametrize("identity", RIGHTS)
def test_the_kind_of_signature_of_each_identity_is_fixed(identity: str) -> None:
    """Also of an identity that is added later. No operation is possible with two kinds."""
    for operation in RIGHTS[identity]:
        if operation in ACTIONS:
            kinds = {cell.auth for cell in allowed_cells(identity) if cell.operation == operation}
            assert len(kinds) == 1, operation


class Account:
    """The bucket at moto, and what the policies say of each call that reaches it."""

    def __init__(self, identity: str) -> None:
        self._identity = identity
        self.calls: list[tuple[str, str, bool]] = []
        self.s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        self.s3.create_bucket(Bucket=VALUES["S3_BUCKET"])
        self.outsider = boto3.client("s3", region_name="us-east-1", aws_access_key_id="c", aws_secret_access_key="d")
        self.s3.meta.events.register_first("before-parameter-build.s3", self._see)
        settings = Settings.load({**GOOD, "S3_BUCKET": VALUES["S3_BUCKET"]})
        self.storage = MultipartStorage(settings, client=self.s3)

    def _see(self, params: dict[str, Any], model: Any, **_: object) -> None:
        for request in _requests(model.name, params, self._identity):
            self.calls.append((model.name, request.resource, allowed(request, self._identity)))

    def refused(self) -> list[tuple[str, str, bool]]:
        return [call for call in self.calls if not call[2]]


OPERATIONS = {
    "PutObject": "put",
    "CopyObject": "put",
    "CreateMultipartUpload": "create multipart",
    "CompleteMultipartUpload": "complete multipart",
    "GetObject": "get",
    "HeadObject": "head",
    "DeleteObject": "delete",
    "DeleteObjects": "delete",
    "ListObjectsV2": "list",
    "ListParts": "list parts",
    "AbortMultipartUpload": "abort multipart",
}


def _requests(name: str, params: dict[str, Any], identity: str) -> Iterator[iam.Request]:
    """What one call of boto3 needs: rights at one key or prefix, or at several."""
    if name == "ListMultipartUploads":
        yield iam.Request("s3:ListBucketMultipartUploads", BUCKET, Cell(identity, "list", "").request().context)
        return
    headers = {
        key: params[name] for key, name in (("s3:if-none-match", "IfNoneMatch"), ("s3:if-match", "IfMatch"))
        if name in params
    }  # fmt: skip
    keys = [one["Key"] for one in params["Delete"]["Objects"]] if "Delete" in params else [params.get("Key")]
    for key in keys:
        found = Cell(identity, OPERATIONS[name], params.get("Prefix", ""), headers=headers).request()
        yield iam.Request(found.action, f"{BUCKET}/{key}" if key else BUCKET, found.context)
    if source := params.get("CopySource"):  # bucket/key, as in the header
        resource = f"arn:aws:s3:::{unquote(source)}"
        yield iam.Request("s3:GetObject", resource, Cell(identity, "get", "").request().context)


@pytest.fixture
def account() -> Iterator[Account]:
    with mock_aws():
        yield Account("upload-publish")


class _Deaf:
    """The list cache, which these tests do not need."""

    def invalidate(self, *, deletes: bool) -> None:
        pass


def _claims(place: int, *, size: int = len(PICTURE), part_size: int = 0) -> Claims:
    now = int(time.time())
    preview = None if part_size else Preview("image/webp", len(PREVIEW), digest(PREVIEW))
    return Claims(
        make_id(now * 1000, place, 7), "a.jpg", "image/jpeg", size, "" if part_size else digest(PICTURE),
        None, preview, now, part_size,
    )  # fmt: skip


def _send(account: Account, claims: Claims) -> None:
    s3, bucket = account.outsider, VALUES["S3_BUCKET"]
    s3.put_object(
        Bucket=bucket,
        Key=staging_key(claims.id),
        Body=PICTURE,
        Metadata=metadata_for(claims),
        ContentType="image/jpeg",
        ChecksumAlgorithm="SHA256",
    )
    s3.put_object(Bucket=bucket, Key=staging_preview_key(claims.id), Body=PREVIEW, ChecksumAlgorithm="SHA256")


def test_every_call_of_a_picture_s_life_is_allowed(account: Account) -> None:
    """Its tombstones overwrite what is at staging/ on purpose. No statement may refuse that."""
    executor = Executor(account.storage, _Deaf())  # type: ignore[arg-type]
    kept, given_up = _claims(0), _claims(1)
    _send(account, kept)
    _send(account, given_up)
    assert executor.publish(kept.id, kept).created
    executor.cancel(given_up.id)
    executor.delete(kept.id)
    executor.restore(kept.id)
    executor.purge(kept.id)
    Expiry(account.storage, executor, timedelta(hours=MAX_STAGING_HOURS)).run_once()
    assert account.refused() == []
    names = {name for name, _, _ in account.calls}
    assert {"PutObject", "CopyObject", "GetObject", "HeadObject", "DeleteObject", "ListObjectsV2"} <= names
    assert "ListMultipartUploads" in names


def test_a_picture_lives_the_same_life_with_versioning(account: Account) -> None:
    """Replication needs versioning. What a tombstone or a deletion removes stays as an old version for a day."""
    s3, bucket = account.outsider, VALUES["S3_BUCKET"]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    executor = Executor(account.storage, _Deaf())  # type: ignore[arg-type]
    claims = _claims(0)
    _send(account, claims)
    key = image_key(executor.publish(claims.id, claims).key)
    executor.delete(claims.id)
    assert account.storage.first(IMAGES) is None
    assert image_key(executor.restore(claims.id).key) == key
    executor.purge(claims.id)
    assert account.storage.first(IMAGES) is None
    assert account.storage.first(TRASH) is None
    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    old = [(version["Key"], version["Size"]) for version in versions if not version["IsLatest"]]
    assert (staging_key(claims.id), len(PICTURE)) in old
    assert (key, len(PICTURE)) in old


def test_tombstones_carry_no_checksum_so_object_lock_would_refuse_them(account: Account) -> None:
    """S3 API reference, PutObject: a default retention demands Content-MD5 or a checksum (docs/aws/README.md)."""
    sent: list[str] = []

    def see(request: AWSRequest, **_: object) -> None:
        sent.extend(name.lower() for name in request.headers)

    settings = {**GOOD, "S3_ENDPOINT_URL": "https://s3.us-east-1.amazonaws.com", "S3_BUCKET": VALUES["S3_BUCKET"]}
    client = s3_client.connect(Settings.load(settings))
    client.meta.events.register("request-created.s3.PutObject", see)
    storage = MultipartStorage(Settings.load(settings), client=client)
    storage.put_empty("staging/x", {}, instead_of=None)
    assert "if-none-match" in sent
    assert not [name for name in sent if "md5" in name or "checksum" in name]


def test_every_call_of_an_upload_in_parts_is_allowed(account: Account) -> None:
    uploads = MultipartUploads(account.storage, Executor(account.storage, _Deaf()))  # type: ignore[arg-type]
    for place, finish in enumerate((True, False)):
        claims = _claims(place, part_size=8 * 1024 * 1024)
        upload_id = uploads.begin(claims)
        uploads.record_checksums(claims, upload_id, {1: digest(PICTURE)}, time.time())
        account.outsider.upload_part(
            Bucket=VALUES["S3_BUCKET"],
            Key=staging_key(claims.id),
            UploadId=upload_id,
            PartNumber=1,
            Body=PICTURE,
            ChecksumAlgorithm="SHA256",
        )
        if finish:
            with suppress(Refused):  # moto forgets the metadata of an upload in parts, so it is joined and refused
                uploads.complete(claims, upload_id, None)
        else:
            uploads.cancel(claims.id, upload_id)
    assert account.refused() == []
    names = {name for name, _, _ in account.calls}
    assert {"CreateMultipartUpload", "CompleteMultipartUpload", "ListParts", "AbortMultipartUpload"} <= names


def test_a_session_that_signs_puts_below_staging_whatever_rights_its_role_has() -> None:
    session = json.loads(session_policy("arn:aws:iam::123456789012:role/vitrine-upload-sign", VALUES["S3_BUCKET"]))
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    for cell in CELLS["upload-sign"]:
        found = iam.allows(cell.request(), identity=[everything], bucket={"Statement": []}, session=session)
        assert found is (ACTIONS[cell.operation] == "s3:PutObject" and cell.prefix == STAGING), cell
        assert not allowed(cell.request(), "upload-sign") or found, cell


@pytest.mark.parametrize("service", ["s3.eu-central-1.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn", "ec2.x"])
def test_a_session_may_use_the_role_s_right_to_a_key_only_through_s3(service: str) -> None:
    session = json.loads(session_policy("arn:aws:iam::123456789012:role/vitrine-upload-sign", VALUES["S3_BUCKET"]))
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    for action in ("kms:GenerateDataKey", "kms:Decrypt", "kms:Encrypt"):
        request = iam.Request(action, "arn:aws:kms:::key/x", {"kms:ViaService": service})
        found = iam.allows(request, identity=[everything], bucket={"Statement": []}, session=session)
        assert found is (service.startswith("s3.") and action != "kms:Encrypt")


@pytest.mark.parametrize("identity", RIGHTS)
@pytest.mark.parametrize("endpoint", [VALUES["VPC_ENDPOINT"], "vpce-another", None])
def test_the_option_refuses_calls_from_elsewhere_and_no_url_of_a_browser(identity: str, endpoint: str | None) -> None:
    policies = [*POLICIES[identity], parsed("vpc/only-through-endpoint.json")]
    seen = set()
    for cell in allowed_cells(identity):
        request = cell.request()
        context = {**request.context, **({"aws:SourceVpce": endpoint} if endpoint else {})}
        asked = iam.Request(request.action, request.resource, context)
        found = iam.allows(asked, identity=policies, bucket=BUCKET_POLICY)
        assert found is (cell.auth == QUERY or endpoint == VALUES["VPC_ENDPOINT"]), cell
        seen.add(cell.auth)
    assert seen


def test_the_endpoint_leads_to_the_gallery_and_to_the_registry_s_images_only() -> None:
    """An endpoint's policy takes part like one more policy that has to allow."""
    endpoint = parsed("vpc/endpoint-policy.json")

    def leads_to(action: str, resource: str) -> bool:
        return iam.allows(iam.Request(action, resource), identity=[endpoint], bucket={"Statement": []})

    assert leads_to("s3:ListBucket", BUCKET)
    assert leads_to("s3:PutObject", f"{BUCKET}/staging/x")
    assert leads_to("s3:GetObject", "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/x")
    assert not leads_to("s3:PutObject", "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/x")
    assert not leads_to("s3:PutObject", "arn:aws:s3:::somebody-elses/x")
