"""What every module stands on: settings, database, ids, time, encryption, transitions, outbox."""
