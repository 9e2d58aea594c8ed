"""Show people a run: progress, funnel, report.html, explanations. Reads finished tables and decides nothing."""
