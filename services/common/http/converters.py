"""URL converters: they check path variables before a view runs."""

from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from common.domain.keys import is_id


class IdConverter(BaseConverter):
    """`<id:image_id>`: the id of an upload or a picture.

    Raises NotFound for any other text. The route itself matches any text, so that the 404 has this explanation.
    """

    def to_python(self, value: str) -> str:
        if not is_id(value):
            raise NotFound("There is no such upload or picture.")
        return value
