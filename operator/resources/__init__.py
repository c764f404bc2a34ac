"""Pure builders of Kubernetes objects, one file per child kind."""
