"""Pretrains a mini encoder on the generator's parallel text: ``python -m ...pretraining``."""
