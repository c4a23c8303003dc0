"""The HTTP layer of the download service: each view reads a request, calls one function and writes the answer."""
