"""One figure, or a closely related pair, per file; the folder is the registry."""
