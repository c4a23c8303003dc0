"""What the three services share: nothing here imports a service."""
