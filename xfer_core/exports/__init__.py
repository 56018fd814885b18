"""Slides and results as files for other programs: HTML, PPTX, pictures, tables; no network."""
