"""Pages of the reference, written from what the programs themselves read: models, options, registrations of metrics."""
