"""The main job from one command: a retail group's invoices financed and repaid, its takings pooled."""
