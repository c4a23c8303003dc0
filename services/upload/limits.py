"""The limits of the upload API, for the contract and for the code that enforces them."""

from upload.multipart.part_sizes import MIB

MAX_FILES = 100
"""Per request."""
MAX_PARTS_SIGNED = 100
"""Per request. More URLs would expire before their parts are sent. 10,000 parts take a hundred requests."""
MAX_PREVIEW_BYTES = MIB // 8
PUT_SECONDS = 15 * 60
"""How long a signed PUT is valid. A transfer that starts in time may finish later."""
UPLOAD_SECONDS = 6 * 24 * 3600
"""How long a token allows uploading: one day less than staging keeps objects (expiry.py), so no upload is lost."""
