"""What the fork server imports once, so that no stage has to."""

from __future__ import annotations

import os
from contextlib import suppress

# Before the libraries are imported: workers never ask the network, and the tokenizers' own
# threads do not survive a fork.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

from transformers import XLMRobertaModel  # noqa: E402  the class that the mini encoders use
from transformers.conversion_mapping import get_checkpoint_conversion_mapping  # noqa: E402
from transformers.utils import logging  # noqa: E402

from xfer_core import catalog  # noqa: E402
from xfer_core.domain.errors import CheckpointError  # noqa: E402
from xfer_core.fingerprints import encoder_hash  # noqa: E402
from xfer_core.sources.chain import Chain  # noqa: E402
from xfer_core.stages import evaluate, latency, train  # noqa: E402

# Heads are new in every stage, so the report of missing and unexpected weights says nothing.
logging.set_verbosity_error()
logging.disable_progress_bar()
# The library compiles some 900 patterns when the first model is loaded: a quarter of a second.
get_checkpoint_conversion_mapping("xlm-roberta")

# What every stage would look up again: declarations (seqeval alone imports for a second), the
# generator's code, encoder hashes.
catalog.metrics()
for task in catalog.tasks().values():
    if not isinstance(task.source, Chain):  # real data are looked up by set, not by task
        _ = task.source.stamp
for encoder in catalog.encoders().values():
    with suppress(CheckpointError):  # the stage that needs it says so
        encoder_hash(encoder)

__all__ = ["XLMRobertaModel", "evaluate", "latency", "train"]
