"""The index over the spool; the only home of DuckDB."""

from xfer_core.store.store import Store

__all__ = ["Store"]
