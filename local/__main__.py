"""The entry: `python -m local up`, and `frontend-check` for make check."""

import os
import sys

from local import frontend
from local.errors import CannotRunError
from local.settings import ROOT, parse


def main(arguments: list[str]) -> int:
    """Run the command and return its exit status: 0 when it was told to stop, 1 when it had to."""
    if arguments not in (["up"], ["frontend-check"]):
        print("usage: python -m local up|frontend-check", file=sys.stderr)
        return 2
    try:
        if arguments == ["frontend-check"]:
            return frontend.check(ROOT / "frontend", os.environ)
        settings = parse(os.environ)
        # Imported only now: a wrong setting is said at once, not after a second of loading.
        from local.up import Up  # noqa: PLC0415

        Up(settings, os.environ).run()
    except CannotRunError as error:
        print(f"make up: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
