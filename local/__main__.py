"""The command line: `python -m local up`, and the page's npm scripts for those who have no npm."""

import os
import sys

from local import frontend
from local.errors import CannotRunError
from local.settings import ROOT, parse

FRONTEND = {
    "frontend-check": ("run", "--silent", "check"),
    "frontend-format": ("run", "--silent", "format"),
    "frontend-audit": ("audit", "--omit=dev"),
}


def main(arguments: list[str]) -> int:
    """Run the command; return 0 if it was told to stop, 1 if it failed."""
    if len(arguments) != 1 or arguments[0] not in ("up", *FRONTEND):
        print(f"usage: python -m local up|{'|'.join(FRONTEND)}", file=sys.stderr)
        return 2
    try:
        if npm_arguments := FRONTEND.get(arguments[0]):
            return frontend.npm(ROOT / "frontend", os.environ, *npm_arguments)
        settings = parse(os.environ)
        # Imported late: a wrong setting is reported at once, not after a second of loading.
        from local.up import Up  # noqa: PLC0415

        Up(settings, os.environ).run()
    except CannotRunError as error:
        print(f"make up: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
