"""MLServer as this image runs it."""
