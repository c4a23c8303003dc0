"""Limits that the contract states and the code that decides holds."""

from upload.multipart.part_sizes import MIB

MAX_FILES = 100
"""In one call."""
MAX_PARTS_SIGNED = 100
"""In one call: more would expire before they are sent, and 10,000 are signed in a hundred calls."""
MAX_PREVIEW_BYTES = MIB // 8
PUT_SECONDS = 15 * 60
"""How long a signed PUT is good for. A transfer that began in time may end later."""
