"""Branch cash swept to headquarters and back: structures, takings, positions, proposals, intercompany positions."""
