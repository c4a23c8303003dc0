"""`make contract`: writes what is generated from the services' routes and Structs.

Each service serves its openapi.json as its contract; frontend/src/contract.d.ts holds the same as the page's types.
"""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path

from common.http.openapi_document import document
from local import typescript
from local.settings import ROOT

SERVICES = {
    "upload": (
        "Vitrine upload",
        "The write side: permissions to send pictures, publishing, cancelling, deleting, restoring; /s3/ is for Uppy.",
    ),
    "catalog": ("Vitrine catalog", "The list side: pages of the gallery, newest first."),
    "download": ("Vitrine download", "The read side: signed URLs for published pictures, and share links."),
}
"""Title and description of each service's document."""

_ENVIRONMENT = {
    "S3_ENDPOINT_URL": "http://127.0.0.1:9",
    "S3_PUBLIC_ENDPOINT_URL": "http://127.0.0.1:9",
    "PUBLIC_ORIGINS": "http://localhost:8080",
    "S3_ACCESS_KEY_ID": "none",
    "S3_SECRET_ACCESS_KEY": "none",
    "S3_SIGN_ACCESS_KEY_ID": "none",
    "S3_SIGN_SECRET_ACCESS_KEY": "none",
    "TOKEN_KEYS": f"none:{'A' * 43}",
    "LINK_KEYS": f"none:{'A' * 43}",
    "COMPANION": "true",
}
"""Enough to make an app with all its routes. It is asked for its routes and never answers a request."""


def generated() -> Mapping[Path, str]:
    """The files and what has to stand in them."""
    documents = {}
    for name, (title, description) in SERVICES.items():
        app = importlib.import_module(f"{name}.app").create_app(_ENVIRONMENT)
        documents[ROOT / f"services/{name}/openapi.json"] = document(app, title, description)
    files = {path: json.dumps(made, indent=1, ensure_ascii=False) + "\n" for path, made in documents.items()}
    return {**files, ROOT / "frontend/src/contract.d.ts": typescript.declarations(documents.values())}


def main() -> None:
    """Write the files that differ and name them."""
    for path, text in generated().items():
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
