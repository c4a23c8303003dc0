"""What `make up` runs: everything on one machine, from pinned wheels, without root and without containers."""
