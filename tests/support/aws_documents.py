"""The documents of docs/aws, with values in place of their variables."""

import json
import re
from pathlib import Path
from typing import Any

AWS = Path(__file__).parents[2] / "docs" / "aws"
VALUES = {
    "S3_BUCKET": "my-gallery",
    "PAGE_ORIGIN": "https://gallery.example",
    "ACCOUNT_ID": "123456789012",
    "OIDC_PROVIDER": "oidc.eks.eu-central-1.amazonaws.com/id/ABCDEF",
    "NAMESPACE": "vitrine",
    "SERVICE_ACCOUNT": "upload",
    "AWS_REGION": "us-east-1",
    "VPC_ENDPOINT": "vpce-0123456789abcdef0",
    "BACKUP_BUCKET": "my-gallery-backup",
    "BACKUP_ACCOUNT_ID": "210987654321",
}


def filled(file: str) -> str:
    """Return the text of a document, a path below docs/aws."""
    return re.sub(r"\$\{(\w+)\}", lambda found: VALUES[found[1]], (AWS / file).read_text())


def parsed(file: str) -> Any:
    """Return a document as a Python value."""
    return json.loads(filled(file))
