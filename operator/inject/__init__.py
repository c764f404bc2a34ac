"""Pure pod mutation: a pod and what is known of its surroundings in, the mutated pod and what was refused out."""
