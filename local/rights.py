"""Who may do what in the bucket.

The rights stand in policies/*.json in AWS's own language, one file an identity, and are used as they are:
given to a role on AWS, or to the embedded store here. The embedded store reads PutObject as leave to list and
abort the parts of an upload too, hence the denials, which change nothing on AWS. tests/system/test_rights.py tries
every cell of the table.
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

    Policies are exact by action and prefix. The store's older `actions` are not (a `Write` there also deletes
    and changes the bucket's settings), so only the administrator, who sets up the bucket, has them.
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
