"""The session policy of the signing role: what its credentials can do, whatever rights the role itself has.

A session policy only takes rights away: a request needs both the role's policy and this one (IAM user guide, "Session
policies"). So a role that somebody gave too many rights still signs PUTs below staging/ and nothing else.
"""

import json

from common.domain.keys import STAGING


def session_policy(role_arn: str, bucket: str) -> str:
    """Return the policy for AssumeRole, as JSON text. ``role_arn`` names the partition (aws, aws-cn, aws-us-gov)."""
    partition = role_arn.split(":")[1]
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "s3:PutObject",
                    "Resource": f"arn:{partition}:s3:::{bucket}/{STAGING}*",
                },
                # A bucket with SSE-KMS calls the key with the rights of whoever puts an object or a part (S3 user
                # guide, "Protecting data with SSE-KMS"). Without a right of the role to the key, this allows nothing.
                {
                    "Effect": "Allow",
                    "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
                    "Resource": "*",
                    "Condition": {"StringLike": {"kms:ViaService": "s3.*"}},
                },
            ],
        },
        separators=(",", ":"),
    )
