"""The HTTP layer of the catalog service: each view reads a request, calls one function and writes the answer."""
