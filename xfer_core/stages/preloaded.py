"""What the fork server imports once, so that no stage has to."""

from __future__ import annotations

import os

# Before the libraries are imported: workers never ask the network, and the tokenizers' own
# threads do not survive a fork.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

from transformers import XLMRobertaModel  # noqa: E402  the class that the mini encoders use
from transformers.utils import logging  # noqa: E402

from xfer_core import catalog  # noqa: E402
from xfer_core.stages import evaluate, latency, train  # noqa: E402

# Heads are new in every stage, so the report of missing and unexpected weights says nothing.
logging.set_verbosity_error()
logging.disable_progress_bar()
# What is declared, with what the declarations import: seqeval alone takes a second or more.
catalog.tasks()
catalog.metrics()

__all__ = ["XLMRobertaModel", "evaluate", "latency", "train"]
