"""What a job does; the only home of torch, transformers and datasets."""
