"""Everything that knows the published catalogue and the image registry."""
