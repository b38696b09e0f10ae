"""Ways to a bank: the port every channel fills, and the channels. Only here is a network spoken to."""
