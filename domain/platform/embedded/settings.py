"""The server's settings: for two cores and a day of a million debits; `ALTER SYSTEM` overrides them."""

SETTINGS = {
    # Reached over the unix socket alone.
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # What a run of a million debits writes stays here until a checkpoint; only what is touched is taken.
    "shared_buffers": "1GB",
    # Bulk postings: one sort or hash of a chunk stays in memory, few checkpoints in a run.
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "4GB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    # A cluster's first minutes are when its tables grow most: plans made without statistics cost more than looking.
    "autovacuum_naptime": "5s",
    # A chunk's log waits in memory until it is committed; with the usual 8 MB whoever books it writes it in between.
    "wal_buffers": "64MB",
    # The binaries know pglz alone, which costs more than the two hundredths it saves.
    "wal_compression": "off",
    # No replica reads this cluster; production brings its own server.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # What was acknowledged survives a crash: never traded for speed.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # Compiling costs more than our short queries take.
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    # A week of logs, one file a weekday; terse keeps the values of refused rows out of them.
    "logging_collector": "on",
    "log_directory": "'log'",
    "log_filename": "'postgresql-%a.log'",
    "log_file_mode": "0600",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}


def settings_file() -> str:
    """The text of `tributary.conf`, included at the end of `postgresql.conf`."""
    lines = (f"{name} = {value}" for name, value in SETTINGS.items())
    return "\n".join(("# Written at every start. Change a setting with ALTER SYSTEM.", *lines, ""))
