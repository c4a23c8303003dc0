"""Storage calls against moto, which checks only the form of a request."""

from collections.abc import Iterator
from contextlib import nullcontext

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from common.s3.errors import ObjectNotFound, PreconditionFailed, StorageUnavailable
from common.s3.objects import Storage
from common.settings import Settings
from tests.common.test_settings import GOOD


@pytest.fixture
def storage() -> Iterator[Storage]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        client.create_bucket(Bucket="vitrine")
        client.put_object(Bucket="vitrine", Key="staging/a", Body=b"0123456789", ChecksumAlgorithm="SHA256")
        yield Storage(Settings.load(GOOD), client=client)


def test_a_page_of_keys_in_order(storage: Storage) -> None:
    storage.put_empty("staging/b", {"fate": "cancelled"}, instead_of=None)
    page = storage.list_page("staging/", limit=1)
    assert ([entry.key for entry in page.entries], page.truncated) == (["staging/a"], True)
    rest = storage.list_page("staging/", start_after="staging/a")
    assert ([entry.key for entry in rest.entries], rest.truncated) == (["staging/b"], False)
    assert storage.first("images/") is None


def test_reads_stay_inside_the_object(storage: Storage) -> None:
    seen = storage.head("staging/a")
    assert storage.read(seen, 0, 4) == b"0123"
    assert storage.read(seen, 8, 100) == b"89"
    assert storage.read(seen, 10, 1) == b""


def test_what_changed_is_not_read_and_not_overwritten(storage: Storage) -> None:
    seen = storage.head("staging/a")
    storage.put_empty("staging/a", {}, instead_of=seen)
    with pytest.raises(PreconditionFailed):
        storage.read(seen, 0, 4)
    with pytest.raises(PreconditionFailed):
        storage.put_empty("staging/a", {}, instead_of=None)


def test_missing_is_missing(storage: Storage) -> None:
    with pytest.raises(ObjectNotFound):
        storage.head("staging/none")
    storage.delete("staging/none")


@pytest.mark.parametrize(("conflicts", "written"), [(2, True), (3, False)])
def test_a_conflict_is_tried_again(conflicts: int, written: bool) -> None:
    """S3 answers 409 to concurrent conditional writes and asks for a retry. At most three attempts are made."""
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as s3:
        for _ in range(conflicts):
            s3.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
        if written:
            s3.add_response("put_object", {"ResponseMetadata": {"HTTPStatusCode": 200}})
        with nullcontext() if written else pytest.raises(StorageUnavailable):
            Storage(Settings.load(GOOD), client=client).put_empty("staging/a", {}, instead_of=None)
        s3.assert_no_pending_responses()
