"""The use cases: one file each, one public function each; they know the ports, not the adapters."""
