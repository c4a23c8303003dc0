"""The write side: grants permission to upload, verifies what arrived and publishes it."""
