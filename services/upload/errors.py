"""How an upload can end for whoever asked, as problems that say what to do."""

from common.http.problems import Conflict, Gone, NotFound, Unprocessable

MOST_MISSING_NAMED = 1000


class NothingThere(Conflict):
    """The file has not arrived yet; it may still."""

    def __init__(self) -> None:
        super().__init__("The file has not arrived in the store yet. Send it with the signed PUT, then complete again.")


class AlreadyArrived(Conflict):
    def __init__(self) -> None:
        super().__init__("The file has arrived in the store already. Complete the upload instead of sending it again.")


class NoSuchUpload(NotFound):
    """Storage knows no such upload in parts, and nothing came of it either."""

    def __init__(self) -> None:
        super().__init__(
            "The store knows no such upload_id, and the file is not there. To begin anew, ask for parts without one."
        )


class PartsMissing(Conflict):
    """Some parts have not arrived yet; ``missing`` in the document names them, or the first thousand."""

    def __init__(self, missing: list[int]) -> None:
        super().__init__(
            f"Parts of the file have not arrived in the store ({len(missing)}). "
            "Send those in `missing`, then complete again.",
            missing=missing[:MOST_MISSING_NAMED],
        )


class OtherParts(Conflict):
    """The parts in storage are not the ones that the sender means."""

    def __init__(self) -> None:
        super().__init__(
            "The parts in the store do not make the file that was announced. "
            "Cancel this upload_id and begin anew without one."
        )


class AlreadyPublished(Conflict):
    def __init__(self) -> None:
        super().__init__("The picture is published already, so the upload can no longer be cancelled.")


class Cancelled(Gone):
    def __init__(self) -> None:
        super().__init__("The upload was cancelled. To send the file after all, start a new upload.")


class Deleted(Gone):
    def __init__(self) -> None:
        super().__init__("The picture was published and has been deleted since.")


class Expired(Gone):
    def __init__(self) -> None:
        super().__init__("The upload took longer than six days and has expired. Start a new upload.")


class BegunWithoutSize(Gone):
    def __init__(self) -> None:
        super().__init__("This upload was begun without the file's size, which is needed now. Begin it anew.")


class Refused(Unprocessable):
    """The bytes are not a picture that may be published. Only a positive finding says so, never a failed read."""


class NoSuchPicture(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such picture. An upload that is not published yet is cancelled, not deleted.")


class NotInTrash(NotFound):
    def __init__(self) -> None:
        super().__init__("The picture is no longer in the trash: it was removed for good, or its time there is over.")
