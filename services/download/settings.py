"""Reads and checks the settings of the download service from its environment."""

from common.domain.tokens import Keyring
from common.settings import Secret, Settings, SettingsError


class DownloadSettings(Settings, frozen=True, kw_only=True):
    link_keys: Secret
    """kid:secret,… - the first key makes share links, all keys verify them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.keyring()

    def keyring(self) -> Keyring:
        """Parse LINK_KEYS. Raises SettingsError."""
        try:
            return Keyring.parse(self.link_keys)
        except ValueError as error:
            raise SettingsError(f"LINK_KEYS cannot be used: {error}") from None
