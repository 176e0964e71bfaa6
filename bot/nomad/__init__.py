"""Everything that knows Nomad."""
