"""The read side: signs URLs for published pictures and makes share links."""
