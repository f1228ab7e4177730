"""Trains the demo policy: an image and a sentence in, five waypoints out."""
