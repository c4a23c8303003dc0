"""The life of a picture, from its upload to its removal: one state machine for the API and the reconciler."""
