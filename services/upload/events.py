"""How an upload can end for whoever asked, as problems that say what to do."""

from common.problems import Conflict, Gone, NotFound, Unprocessable


class NothingThere(Conflict):
    """The file has not arrived yet; it may still."""

    def __init__(self) -> None:
        super().__init__("The file has not arrived in the store yet. Send it with the signed PUT, then complete again.")


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


class Refused(Unprocessable):
    """The bytes are not a picture that may be published. Only a positive finding says so, never a failed read."""


class NoSuchPicture(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such picture. An upload that is not published yet is cancelled, not deleted.")


class NotInTrash(NotFound):
    def __init__(self) -> None:
        super().__init__("The picture is no longer in the trash: it was removed for good, or its time there is over.")
