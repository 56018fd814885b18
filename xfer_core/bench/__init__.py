"""The performance suite: ratios against named baselines, measured side by side in one run."""
