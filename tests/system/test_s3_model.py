"""The S3 model of the exhaustive tests answers like the real store, call by call."""

import random
import secrets
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.s3_model import Client
from tests.support.store import Store

CALLS = 400
BODIES = (b"", b"one", b"two", b"three")


class Both:
    """Makes each call on the real store and on the model, and compares what the storage code reads from the answers."""

    def __init__(self, store: Store) -> None:
        self.real = store.client("upload-publish")
        self.bucket = store.bucket
        self.model = Client(now=0)

    def call(self, name: str, **arguments: Any) -> Any:
        real = _outcome(self.real, name, {"Bucket": self.bucket, **arguments})
        model = _outcome(self.model, name, {"Bucket": self.bucket, **arguments})
        assert real == model, (name, arguments)
        return real


def _outcome(client: Any, name: str, arguments: dict[str, Any]) -> Any:
    try:
        answer = getattr(client, name)(**arguments)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    if name == "list_objects_v2":
        return [(entry["Key"], entry["Size"]) for entry in answer.get("Contents", [])], bool(answer["IsTruncated"])
    if name == "head_object":
        return answer["ContentLength"], answer["ETag"], answer["Metadata"]
    return answer["Body"].read() if name == "get_object" else "done"


@pytest.mark.parametrize("seed", range(3))
def test_any_calls_are_answered_alike(store: Store, seed: int) -> None:
    """Random calls on few keys, so that they collide: free and taken targets; correct, outdated and invented ETags."""
    both, chance, mark = Both(store), random.Random(seed), secrets.token_hex(8)
    keys = [f"{folder}{mark}{name}" for folder in ("staging/", "images/", "trash/") for name in ("a", "a~b")]
    etags = ['"0123456789abcdef0123456789abcdef"']
    for _ in range(CALLS):
        key, other = chance.choice(keys), chance.choice(keys)
        head = both.call("head_object", Key=key, ChecksumMode="ENABLED")
        etags += [head[1]] if len(head) == 3 else []
        seen = chance.choice(etags[-4:])
        match chance.randrange(6):
            case 0:
                condition = chance.choice([{}, {"IfNoneMatch": "*"}, {"IfMatch": seen}])
                body, metadata = chance.choice(BODIES), {"fate": chance.choice(["deleted", "published"])}
                both.call("put_object", Key=key, Body=body, Metadata=metadata, **condition)
            case 1 if head[0] != 0:  # no code reads an empty range
                both.call("get_object", Key=key, Range="bytes=0-1", IfMatch=seen)
            case 2 | 3 if key != other:
                conditions = {
                    **chance.choice([{}, {"CopySourceIfMatch": seen}]),
                    **chance.choice([{}, {"IfNoneMatch": "*"}]),
                }
                replaced = {
                    "MetadataDirective": "REPLACE",
                    "Metadata": {},
                    "ContentType": "image/png",
                    "ContentDisposition": "attachment",
                    "CacheControl": "private",
                }
                source = {"Bucket": both.bucket, "Key": other}
                both.call("copy_object", Key=key, CopySource=source, **conditions, **chance.choice([{}, replaced]))
            case 4:
                both.call("delete_object", Key=key)
            case 5:
                folder = chance.choice(["staging/", "images/", "trash/"])
                after = chance.choice([{}, {"StartAfter": f"{folder}{mark}a"}])
                both.call("list_objects_v2", Prefix=folder + mark, MaxKeys=chance.choice([1, 2, 10]), **after)
    for key, held in both.model.bucket.items():
        found = both.real.get_object(Bucket=both.bucket, Key=key)
        assert (found["Body"].read(), found["Metadata"]) == (held.body, dict(held.metadata))
        if held.disposition:  # without a type, each store answers as it likes
            assert found["ContentType"] == held.content_type
        assert (found.get("ContentDisposition", ""), found.get("CacheControl", "")) == (
            held.disposition,
            held.cache_control,
        )
        both.real.delete_object(Bucket=both.bucket, Key=key)
