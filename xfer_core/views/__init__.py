"""Views: questions to the store that return tables; the only SQL outside the store."""
