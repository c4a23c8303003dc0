"""The problems that end a request of the upload service. Each detail says what to do next."""

from common.http.problems import Conflict, Gone, InsufficientStorage, NotFound, TooManyRequests, Unprocessable

MAX_MISSING_NAMED = 1000


class NotArrived(Conflict):
    """The file has not arrived yet, but it still may."""

    def __init__(self) -> None:
        super().__init__("The file has not arrived in the store yet. Send it with the signed PUT, then complete again.")


class AlreadyArrived(Conflict):
    def __init__(self) -> None:
        super().__init__("The file is already in the store. Complete the upload instead of sending it again.")


class NoSuchUpload(NotFound):
    """Storage does not know this multipart upload, and the file is not there either."""

    def __init__(self) -> None:
        super().__init__(
            "The store does not know this upload_id, and the file is not there. To restart, ask for parts without one."
        )


class PartsMissing(Conflict):
    """Some parts have not arrived yet. ``missing`` in the document lists the first thousand of them."""

    def __init__(self, missing: list[int]) -> None:
        super().__init__(
            f"Parts of the file have not arrived in the store ({len(missing)}). "
            "Send those in `missing`, then complete again.",
            missing=missing[:MAX_MISSING_NAMED],
        )


class PartsMismatch(Conflict):
    """The parts in storage do not make up the file that the sender announced."""

    def __init__(self) -> None:
        super().__init__(
            "The parts in the store do not make up the announced file. "
            "Send the parts that differ again, or start a new upload."
        )


class AlreadyPublished(Conflict):
    def __init__(self) -> None:
        super().__init__("The picture is already published, so the upload can no longer be cancelled.")


class Cancelled(Gone):
    def __init__(self) -> None:
        super().__init__("The upload was cancelled. To send the file after all, start a new upload.")


class Deleted(Gone):
    def __init__(self) -> None:
        super().__init__("The picture was published, and later deleted.")


class Expired(Gone):
    def __init__(self) -> None:
        super().__init__("The upload took longer than six days and has expired. Start a new upload.")


class BegunWithoutSize(Gone):
    def __init__(self) -> None:
        super().__init__("This upload was begun without the file's size, which is needed now. Begin it anew.")


class Refused(Unprocessable):
    """The file may not be published. Raised only for a finding about its bytes, never for a failed read."""


class OverBudget(TooManyRequests):
    """The hourly budget of the client's address is used up. ``retry_after``: seconds until this file fits."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "Your address was granted as many bytes as one hour allows. "
            f"Ask for this file again in {retry_after} seconds.",
            retry_after,
        )


class DiskNearlyFull(InsufficientStorage):
    def __init__(self) -> None:
        super().__init__(
            "The disk of the gallery is nearly full and has no room for this file. "
            "Tell the people who run it, and try again later."
        )


class NoSuchPicture(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such picture. If its upload is not published yet, cancel the upload instead.")


class NotInTrash(NotFound):
    def __init__(self) -> None:
        super().__init__("The picture is no longer in the trash: it was removed for good, or its 30 days are over.")
