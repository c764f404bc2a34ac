"""What conversion must know of the models, apart from them: programs that convert need not load pydantic's classes (4 MiB)."""

LACKING_POD_FIELDS = (
    "hostPID",
    "hostUsers",
    "hostAliases",
    "dnsPolicy",
    "podDnsConfig",
    "ipFamilies",
    "ipFamilyPolicy",
    "trafficDistribution",
    "sessionAffinity",
    "sessionAffinityConfig",
)
"""Fields of `PodFields` that v1alpha1 does not have."""

FILTER_STRATEGIES = ("", "relabel-config")
"""Of the target allocator; v1alpha1 has no such limit."""
