"""HTTP of the catalog service: each module reads requests for one resource, calls one function and writes answers."""
