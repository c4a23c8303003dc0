"""S3: clients, calls and their errors, multipart uploads, signed URLs, credentials, bulkheads."""
