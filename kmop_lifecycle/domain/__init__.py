"""The certification lifecycle itself: pure, without database, network, clock or framework."""
