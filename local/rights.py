"""The rights of each identity in the bucket.

policies/*.json has one policy per identity, in AWS's own language. AWS roles and the embedded store use the same files.
In the embedded store, PutObject also allows listing and aborting the parts of an upload. The policies deny that, which
changes nothing on AWS. tests/system/test_rights.py tests every combination.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from local.credentials import Key

POLICIES = Path(__file__).with_name("policies")
_PLACEHOLDER = "${S3_BUCKET}"


def policy(identity: str, bucket: str) -> str:
    """Return the policy of an identity for a bucket, as JSON text."""
    text = (POLICIES / f"{identity}.json").read_text("utf-8").replace(_PLACEHOLDER, bucket)
    return json.dumps(json.loads(text))


def store_identities(keys: Mapping[str, Key], bucket: str) -> str:
    """Return the embedded store's identity file.

    Policies limit each action and prefix exactly. The store's older `actions` do not: `Write` also allows deleting and
    changing the bucket's settings. So only the administrator, who sets up the bucket, has them.
    """
    services = [name for name in keys if name != "admin"]
    return json.dumps(
        {
            "identities": [
                {
                    "name": "admin",
                    "credentials": [_credential(keys["admin"])],
                    "actions": ["Admin", "Read", "Write", "List", "Tagging"],
                },
                *({"name": name, "credentials": [_credential(keys[name])], "policyNames": [name]} for name in services),
            ],
            "policies": [{"name": name, "content": policy(name, bucket)} for name in services],
        },
        indent=2,
    )


def _credential(key: Key) -> dict[str, str]:
    return {"accessKey": key.access, "secretKey": key.secret}
