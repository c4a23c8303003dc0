"""What the services know of pictures: keys, file names, media types and tokens. Pure."""
