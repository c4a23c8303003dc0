"""The HTTP layer of the upload service: each view reads a request, calls one function and writes the answer."""
