"""Each S3 credential can do its own job and nothing else.

Every credential, action and prefix is one cell, allow or deny, tried on the real store with the policies that a role on
AWS would get. A cell fails when it is neither refused nor answered (for example, by a missing object).
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
import requests
from botocore.exceptions import ClientError

from tests.support.store import Store

STAGING, IMAGES, PREVIEWS, TRASH = PICTURES = ("staging/", "images/", "thumbs/", "trash/")
# Keys outside every prefix: another folder, the bucket's root, and names that only begin like a known folder.
FOREIGN = ("other/", "", "staging-", "images~")
PREFIXES = (*PICTURES, *FOREIGN)

# identity → action → the prefixes where it is allowed; everywhere else it must be refused.
# On S3, starting, filling and completing an upload in parts is PutObject, so it is allowed where PutObject is.
WRITE = ("put", "copy in", "create multipart", "upload part", "complete multipart")
READ = ("get", "head", "copy out")
RIGHTS: dict[str, dict[str, tuple[str, ...]]] = {
    "upload-sign": {
        **dict.fromkeys(("put", "presigned put", "create multipart", "upload part", "complete multipart"), (STAGING,)),
    },
    "upload-publish": {
        **dict.fromkeys((*WRITE, *READ, "presigned put"), PICTURES),
        **dict.fromkeys(("delete", "delete many"), PICTURES),
        "list": (STAGING, IMAGES, TRASH),
        **dict.fromkeys(("list parts", "abort multipart"), (STAGING,)),
    },
    "catalog": {"list": (IMAGES,)},
    "download": {**dict.fromkeys(READ, (IMAGES, PREVIEWS)), "list": (IMAGES,)},
}


class Place(NamedTuple):
    """Where an action is tried: an existing object, a missing one, and an upload in parts."""

    store: Store
    prefix: str
    there: str
    absent: str
    upload_id: str
    etag: str
    """The ETag of the upload's first part."""


def _copy(s3: Any, place: Place, source: str, target: str) -> None:
    s3.copy_object(Bucket=place.store.bucket, Key=target, CopySource={"Bucket": place.store.bucket, "Key": source})


def _presigned_put(s3: Any, place: Place) -> None:
    url = s3.generate_presigned_url("put_object", Params={"Bucket": place.store.bucket, "Key": place.absent})
    answer = requests.put(url, data=b"x", timeout=10)
    if answer.status_code == 403:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject")
    answer.raise_for_status()


def _delete_many(s3: Any, place: Place) -> None:
    answer = s3.delete_objects(Bucket=place.store.bucket, Delete={"Objects": [{"Key": place.there}]})
    for error in answer.get("Errors", []):
        raise ClientError({"Error": error}, "DeleteObjects")


def _complete(s3: Any, place: Place) -> None:
    s3.complete_multipart_upload(
        Bucket=place.store.bucket,
        Key=place.absent,
        UploadId=place.upload_id,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": place.etag}]},
    )


# Copies are tried against a place where the identity has all rights it has anywhere, so only one end decides.
ACTIONS: dict[str, Callable[[Any, Place], object]] = {
    "put": lambda s3, at: s3.put_object(Bucket=at.store.bucket, Key=at.absent, Body=b"x"),
    "presigned put": _presigned_put,
    "get": lambda s3, at: s3.get_object(Bucket=at.store.bucket, Key=at.there),
    "head": lambda s3, at: s3.head_object(Bucket=at.store.bucket, Key=at.there, ChecksumMode="ENABLED"),
    "delete": lambda s3, at: s3.delete_object(Bucket=at.store.bucket, Key=at.there),
    "delete many": _delete_many,
    "copy out": lambda s3, at: at,  # tried by test_copies
    "copy in": lambda s3, at: at,
    "list": lambda s3, at: s3.list_objects_v2(Bucket=at.store.bucket, Prefix=at.prefix),
    "list one picture": lambda s3, at: s3.list_objects_v2(Bucket=at.store.bucket, Prefix=at.there),
    "create multipart": lambda s3, at: s3.create_multipart_upload(Bucket=at.store.bucket, Key=at.absent),
    "upload part": lambda s3, at: s3.upload_part(
        Bucket=at.store.bucket, Key=at.absent, UploadId=at.upload_id, PartNumber=1, Body=b"x"
    ),
    "list parts": lambda s3, at: s3.list_parts(Bucket=at.store.bucket, Key=at.absent, UploadId=at.upload_id),
    "abort multipart": lambda s3, at: s3.abort_multipart_upload(
        Bucket=at.store.bucket, Key=at.absent, UploadId=at.upload_id
    ),
    "complete multipart": _complete,
    "tag": lambda s3, at: s3.put_object_tagging(
        Bucket=at.store.bucket, Key=at.there, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}
    ),
    "read tags": lambda s3, at: s3.get_object_tagging(Bucket=at.store.bucket, Key=at.there),
    "publish by acl": lambda s3, at: s3.put_object_acl(Bucket=at.store.bucket, Key=at.there, ACL="public-read"),
}


@pytest.fixture
def place(store: Store, request: pytest.FixtureRequest) -> Iterator[Place]:
    """Make an object and an upload in parts below the prefix under test."""
    prefix, mark = request.param, secrets.token_hex(8)
    admin, there, absent = store.client("admin"), f"{prefix}{mark}a", f"{prefix}{mark}b"
    admin.put_object(Bucket=store.bucket, Key=there, Body=b"there")
    upload = admin.create_multipart_upload(Bucket=store.bucket, Key=absent)["UploadId"]
    part = admin.upload_part(Bucket=store.bucket, Key=absent, UploadId=upload, PartNumber=1, Body=b"x")
    yield Place(store, prefix, there, absent, upload, part["ETag"])
    # Other test files look for uploads that were left open.
    with suppress(admin.exceptions.NoSuchUpload):
        admin.abort_multipart_upload(Bucket=store.bucket, Key=absent, UploadId=upload)


def _is_allowed(act: Callable[[], object]) -> bool:
    try:
        act()
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 403)
        if status != 403:
            raise
        return False
    return True


@pytest.mark.parametrize("place", PREFIXES, indirect=True, ids=[prefix or "root" for prefix in PREFIXES])
@pytest.mark.parametrize("action", [name for name in ACTIONS if not name.startswith("copy")])
@pytest.mark.parametrize("identity", RIGHTS)
def test_cell(identity: str, action: str, place: Place) -> None:
    rights = RIGHTS[identity]
    allowed = rights.get("list" if action == "list one picture" else action, ())
    s3 = place.store.client(identity)
    assert _is_allowed(lambda: ACTIONS[action](s3, place)) is (place.prefix in allowed)


@pytest.mark.parametrize("target", PREFIXES, ids=[prefix or "root" for prefix in PREFIXES])
@pytest.mark.parametrize("place", PREFIXES, indirect=True, ids=[prefix or "root" for prefix in PREFIXES])
@pytest.mark.parametrize("identity", RIGHTS)
def test_copies_need_both_ends(identity: str, place: Place, target: str) -> None:
    """A copy reads and writes: publishing may move pictures between its folders, and no identity may copy elsewhere."""
    rights = RIGHTS[identity]
    expected = place.prefix in rights.get("copy out", ()) and target in rights.get("copy in", ())
    s3 = place.store.client(identity)
    new = target + secrets.token_hex(8)
    assert _is_allowed(lambda: _copy(s3, place, place.there, new)) is expected


@pytest.mark.parametrize(
    "action",
    [
        lambda s3, bucket: s3.list_objects_v2(Bucket=bucket),
        lambda s3, bucket: s3.list_objects(Bucket=bucket),
        lambda s3, bucket: s3.list_objects_v2(Bucket=bucket, Prefix="images"),
        lambda s3, bucket: s3.list_objects_v2(Bucket=bucket, Prefix="s"),
        lambda s3, bucket: s3.list_object_versions(Bucket=bucket),
        lambda s3, bucket: s3.put_bucket_cors(
            Bucket=bucket,
            CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
        ),
        lambda s3, bucket: s3.delete_bucket_cors(Bucket=bucket),
        lambda s3, bucket: s3.delete_bucket_lifecycle(Bucket=bucket),
        lambda s3, bucket: s3.put_bucket_policy(Bucket=bucket, Policy="{}"),
        lambda s3, bucket: s3.delete_bucket_policy(Bucket=bucket),
        lambda s3, bucket: s3.put_bucket_acl(Bucket=bucket, ACL="public-read"),
        lambda s3, bucket: s3.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
        ),
        lambda s3, bucket: s3.delete_bucket(Bucket=bucket),
        lambda s3, bucket: s3.create_bucket(Bucket="another-bucket"),
    ],
    ids=[
        "list-all", "list-all-v1", "list-half-a-prefix", "list-one-letter", "list-versions",
        "put-cors", "delete-cors", "delete-lifecycle", "put-policy", "delete-policy",
        "put-acl", "put-versioning", "delete-bucket", "create-bucket",
    ],
)  # fmt: skip
@pytest.mark.parametrize("identity", RIGHTS)
def test_nobody_but_the_administrator_touches_the_bucket_itself(
    store: Store, identity: str, action: Callable[[Any, str], object]
) -> None:
    s3 = store.client(identity)
    assert not _is_allowed(lambda: action(s3, store.bucket))


@pytest.mark.parametrize("prefix", [None, *PREFIXES])
@pytest.mark.parametrize("identity", RIGHTS)
def test_only_upload_publish_lists_uploads_in_parts(store: Store, identity: str, prefix: str | None) -> None:
    """The right covers the whole bucket: AWS has no prefix condition for it. It shows keys and ids, no bytes."""
    asked = {} if prefix is None else {"Prefix": prefix}
    s3 = store.client(identity)
    found = _is_allowed(lambda: s3.list_multipart_uploads(Bucket=store.bucket, **asked))  # type: ignore[arg-type]
    assert found is (identity == "upload-publish")


@pytest.mark.parametrize("identity", RIGHTS)
def test_a_service_sees_no_other_bucket(store: Store, identity: str) -> None:
    name = f"neighbour-{secrets.token_hex(6)}"
    admin = store.client("admin")
    admin.create_bucket(Bucket=name)
    for prefix in PICTURES:
        admin.put_object(Bucket=name, Key=f"{prefix}x", Body=b"x")
        s3 = store.client(identity)
        assert not _is_allowed(lambda: s3.get_object(Bucket=name, Key=f"{prefix}x"))  # noqa: B023
        assert not _is_allowed(lambda: s3.put_object(Bucket=name, Key=f"{prefix}y", Body=b"y"))  # noqa: B023
        assert not _is_allowed(lambda: s3.list_objects_v2(Bucket=name, Prefix=prefix))  # noqa: B023
        assert not _is_allowed(lambda: s3.list_multipart_uploads(Bucket=name, Prefix=prefix))  # noqa: B023


def test_without_a_signature_nothing_is_answered(store: Store) -> None:
    for prefix in PICTURES:
        key = f"{prefix}{secrets.token_hex(8)}"
        store.client("admin").put_object(Bucket=store.bucket, Key=key, Body=b"x")
        assert requests.get(f"{store.endpoint_url}/{store.bucket}/{key}", timeout=10).status_code == 403
    listing = requests.get(f"{store.endpoint_url}/{store.bucket}?list-type=2&prefix=images/", timeout=10)
    assert listing.status_code == 403
