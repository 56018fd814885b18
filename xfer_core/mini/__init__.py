"""The mini benchmark: a language-neutral world, and one file per language that tells it."""
