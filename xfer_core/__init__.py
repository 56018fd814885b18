"""Xfer: intermediate-task transfer experiments, their statistics and their display."""

__version__ = "0.1.0"
