"""The parts of scripts/check-network: each shows the network side of toq against a foreign program as released."""
