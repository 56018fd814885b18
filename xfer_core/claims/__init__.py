"""Claims about intermediate training, judged by fixed rules from what this store measured."""
