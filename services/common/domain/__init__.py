"""Domain rules that the services share: keys, file names, media types, tokens. Pure: no I/O, no clock."""
