"""The pages of the dashboard: choose, ask a view, place a chart."""
