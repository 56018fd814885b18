"""One declared task per file; the folder is the registry."""
