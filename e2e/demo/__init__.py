"""`make demo`: the main job on a real cluster, from nothing to a trace on the screen."""
