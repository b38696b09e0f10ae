"""The clockwork: the jobs of a day in order, a runner that does each once, a sandbox led through its days."""
