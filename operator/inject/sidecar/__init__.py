"""The collector as a container of somebody else's pod: selection, refusal, placement and removal. Pure."""
