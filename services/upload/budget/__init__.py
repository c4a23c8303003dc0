"""The bytes that one client address may be granted in an hour."""
