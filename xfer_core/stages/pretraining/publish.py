"""Turns a pretraining stage's checkpoint into an encoder that is shipped."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from xfer_core import catalog, spool
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage
from xfer_core.home import Home
from xfer_core.stages import checkpoints

CARD = "training.json"


def publish(home: Home, stage: Stage, folder: Path) -> dict[str, object]:
    """Write weights as float16, vocabulary and card into a folder; returns the card.

    Raises:
        CheckpointError: the stage has no whole checkpoint.
    """
    checkpoint = checkpoints.encoder_folder(home, stage.encoder, stage.key)
    model = checkpoints.load_encoder(checkpoint)
    halves = {name: value.to(torch.float16) for name, value in model.state_dict().items()}
    model.save_pretrained(folder, state_dict=halves)
    head = load_file(checkpoint / checkpoints.HEAD)
    save_file({k: v.to(torch.float16) for k, v in head.items()}, folder / checkpoints.HEAD)
    checkpoints.load_tokenizer(stage.encoder).save_pretrained(folder)
    card = describe(home, stage)
    (folder / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return card


def describe(home: Home, stage: Stage) -> dict[str, object]:
    """How an encoder came about: size, settings, tokens, seconds, last losses.

    Seconds are those of learning, over all attempts, without what a kill undid.
    """
    encoder = catalog.encoder(stage.encoder)
    events, _, _ = spool.read_events(home.job(stage.key) / spool.EVENTS)
    progress = [event.payload for event in events if event.type is EventType.PROGRESS]
    started = next(e.payload for e in reversed(events) if e.type is EventType.STARTED)
    saved = next(e.payload for e in reversed(events) if e.type is EventType.CHECKPOINT)
    return {
        "encoder": encoder.name,
        "layers": encoder.layers,
        "width": encoder.hidden_size,
        "heads": encoder.heads,
        "parameters": encoder.parameters,
        "seed": stage.seed,
        "settings": stage.settings["pretraining"],
        "tokens": max((int(p["step"]) for p in progress), default=0),
        "seconds": round(float(saved["seconds"])),
        "loss": {str(p["what"]): round(float(p["loss"]), 4) for p in progress},
        "host": {name: started.get(name) for name in ("platform", "python", "versions")},
    }
