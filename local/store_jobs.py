"""Turns off a background job of the embedded store.

The store's administration runs jobs in a worker of the same process. Only its admin page can change them, and we do not
run that page. The store keeps each job's settings in a file, reads it when the job is due, and creates missing files
with defaults. So we write the file.
"""

from pathlib import Path

from local.files import private_folder, write_private

LIFECYCLE = "s3_lifecycle"
"""This job walks every key 16 times, five minutes after each start and then daily. With a million keys, it occupies
both cores for two minutes and slows down lists. The reconciler expires objects instead, with short LISTs."""

_JOB_TYPE, _ADMIN_RUNTIME = 1, 5
_LENGTH_DELIMITED = 2  # Protocol Buffers, "Encoding": wire type of strings and messages


def switched_off(job: str) -> bytes:
    """Return the settings of a job that never runs: SeaweedFS's message PersistedJobTypeConfig, in plugin.proto.

    `admin_runtime` is present but empty, so its `enabled` is false. Everything else keeps the job's defaults.
    """
    return _field(_JOB_TYPE, job.encode("ascii")) + _field(_ADMIN_RUNTIME, b"")


def switch_off(data: Path, job: str) -> None:
    """Write these settings into the folder of a stopped store."""
    folder = data / "admin" / "plugin" / "job_types" / job
    for part in reversed([folder, *folder.parents][:4]):
        private_folder(part)
    write_private(folder / "config.pb", switched_off(job))


def _field(number: int, content: bytes) -> bytes:
    if len(content) > 127:  # its length would need two bytes
        raise ValueError("the field is too long")
    return bytes([number << 3 | _LENGTH_DELIMITED, len(content)]) + content
