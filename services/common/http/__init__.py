"""HTTP: the app factory, what surrounds each request, problems, probes, metrics and logs."""
