"""HTTP of the upload service: reads requests, calls one function each, writes answers."""
