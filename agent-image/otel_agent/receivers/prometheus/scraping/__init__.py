"""Runs the scrapes: targets, their times, requests and pools."""
