"""How latency is measured: load of others, passes in turn, inputs, and what a model costs."""
