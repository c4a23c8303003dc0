"""The programs of `make up`: everything on one machine, from pinned wheels, without root and without containers."""
