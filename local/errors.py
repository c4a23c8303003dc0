"""The one error of this package."""


class CannotRunError(Exception):
    """Something stops the whole from starting or going on.

    Its text is one sentence for the person at the terminal: what is wrong, and what they can do about it.
    It is printed as it stands, without a traceback.
    """
