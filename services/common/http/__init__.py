"""HTTP: app factory, middleware, request and response bodies, problem documents, probes, metrics and logs."""
