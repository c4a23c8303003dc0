"""The one error of this package."""


class CannotRunError(Exception):
    """The gallery cannot start or continue.

    Its text is one sentence for the person at the terminal: what is wrong, and what to do about it. It is printed
    without a traceback.
    """
