"""Run the stages in order over the chunks of an input."""
