"""Variables of paths that are checked before a view sees them."""

from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from common.domain.keys import is_id


class IdConverter(BaseConverter):
    """`<id:image_id>`: the id of an upload or a picture. Any other text is answered with 404.

    The rule fits other texts too, so that the answer has a sentence of ours.
    """

    def to_python(self, value: str) -> str:
        if not is_id(value):
            raise NotFound("There is no such upload or picture.")
        return value
