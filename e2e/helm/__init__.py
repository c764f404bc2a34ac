"""A release of the chart on a node, from install to uninstall, under collectors that must not notice."""
