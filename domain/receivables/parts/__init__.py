"""Parts of a claim: split off, passed on, merged back; the whole is what becomes of them together (R17)."""
