"""The read side: signed URLs for published pictures."""
