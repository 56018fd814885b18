"""Where a job runs; one executor per file, all with the contract of ``base.py``."""
