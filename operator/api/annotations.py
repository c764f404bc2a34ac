"""Annotations that conversion writes: what one version of a resource cannot say."""

V1BETA1_ONLY = "operator.opentelemetry.io/v1beta1-only"
"""On v1alpha1 objects: the differences that the stored version has."""
V1ALPHA1_ONLY = "operator.opentelemetry.io/v1alpha1-only"
"""On v1beta1 objects: what its author wrote in v1alpha1, such as the text of the configuration with its comments."""

STASH_KEYS = frozenset({V1BETA1_ONLY, V1ALPHA1_ONLY})
"""Never copied to children."""
