"""One declared encoder per file; the folder is the registry."""
