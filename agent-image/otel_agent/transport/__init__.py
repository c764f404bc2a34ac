"""What network components share below their protocol: addresses, TLS, compression, status codes, authentication."""
