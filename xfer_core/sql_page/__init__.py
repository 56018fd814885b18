"""Questions in SQL that a reader types: asked of a copy, in a process that can be killed."""
