"""The arguments of the HF Trainer: the same learning as ours, its own defaults elsewhere."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import TrainingArguments


def arguments(
    folder: Path,
    *,
    seed: int,
    steps: int = 1,
    batch_size: int = 8,
    learning_rate: float = 7e-4,
    eval_batch_size: int = 8,
) -> TrainingArguments:
    """Fixed steps in fp32 with a linear warm-up over a tenth and a linear decay, as ours."""
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=steps,
        per_device_train_batch_size=batch_size,
        per_device_eval_batch_size=eval_batch_size,
        learning_rate=learning_rate,
        warmup_steps=max(1, round(0.1 * steps)),
        weight_decay=0.01,
        seed=seed,
        use_cpu=not torch.cuda.is_available(),
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
