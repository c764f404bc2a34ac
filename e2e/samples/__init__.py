"""Every file of manifests/samples on a node, and the GitOps folder, which nothing changes after it was applied."""
