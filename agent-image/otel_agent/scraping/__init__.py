"""What receivers share that read metrics on a schedule: the schedule, the points of a scrape, partial errors, self-metrics."""
