"""How both gRPC clients go about connecting; seconds."""

RECONNECT_SECONDS = (0.5, 10.0)
"""First and longest wait between attempts to connect. gRPC's longest is two minutes, during which every request fails at once
without trying; peers that roll over are back sooner."""
RESOLVE_SECONDS = 5.0
"""Shortest time between two DNS look-ups: behind a headless Service the addresses change as pods roll over (gRPC: 30 s)."""
CONNECT_SECONDS = 20.0
"""After this, an attempt to connect has failed (gRPC's connection backoff names it MIN_CONNECT_TIMEOUT)."""
