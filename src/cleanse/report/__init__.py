"""What people see of a run: progress, the funnel, report.html, explanations. Reads finished tables; decides nothing."""
