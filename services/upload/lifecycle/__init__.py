"""The state machine of a picture, from upload to removal. The API and the reconciler both use it."""
