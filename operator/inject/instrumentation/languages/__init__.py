"""What injection means in each language: `inject(job, spec)` of every module but the shared ones."""
