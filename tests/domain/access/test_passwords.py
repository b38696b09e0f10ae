"""What guessing a password costs."""

from argon2 import PasswordHasher, Type


def test_a_guess_costs_what_rfc_9106_recommends(real_hasher: PasswordHasher) -> None:
    # The second recommended option: Argon2id, 3 passes over 64 MiB (65,536 KiB), 4 lanes.
    assert real_hasher.type is Type.ID
    assert (real_hasher.time_cost, real_hasher.memory_cost, real_hasher.parallelism) == (3, 65_536, 4)
