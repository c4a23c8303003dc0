"""The write side: grants permission to upload, verifies what arrived, publishes it."""
