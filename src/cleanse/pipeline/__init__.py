"""Run the stages: plan, cache, worker processes."""
