"""The embedded store's own jobs, which its administration gives to a worker in the same process.

No option, shell command or variable changes them. Only the store's admin page does, and we do not run it. The store
keeps the settings of each job in a file, reads it when the job is due, and creates missing files with its defaults.
"""

from pathlib import Path

from local.files import private_folder, write_private

LIFECYCLE = "s3_lifecycle"
"""It walks every key 16 times, five minutes after each start and then daily: with a million keys both cores are busy
for two minutes and lists slow. The reconciler expires objects instead, by short lists."""

_JOB_TYPE, _ADMIN_RUNTIME = 1, 5
_LENGTH_DELIMITED = 2  # Protocol Buffers, "Encoding": wire type of strings and messages


def switched_off(job: str) -> bytes:
    """Return the settings of a job that never runs: SeaweedFS's message PersistedJobTypeConfig, in plugin.proto.

    `admin_runtime` is there and empty, so its `enabled` is false. All else is at the job's own defaults.
    """
    return _field(_JOB_TYPE, job.encode("ascii")) + _field(_ADMIN_RUNTIME, b"")


def switch_off(data: Path, job: str) -> None:
    """Write that into the folder of a store that does not run."""
    folder = data / "admin" / "plugin" / "job_types" / job
    for part in reversed([folder, *folder.parents][:4]):
        private_folder(part)
    write_private(folder / "config.pb", switched_off(job))


def _field(number: int, content: bytes) -> bytes:
    if len(content) > 127:  # its length would take two bytes
        raise ValueError("too long a field")
    return bytes([number << 3 | _LENGTH_DELIMITED, len(content)]) + content
