"""What it costs to close a business date over many open advances: figures, not tests.

`python tests/benchmarks/close_of_business.py [advances]` starts a cluster of its own, or uses the empty database
TEST_DATABASE_URL names. The advances are copies, made by SQL, of one that went the whole way; half of the number is
closed first, then all of it, so that the ratio of the two shows. One in thirty falls due, one in thirty turns overdue.
"""

import os
import resource
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import text

from domain.financing.closing import close_dates
from domain.financing.tables import Advance
from domain.migrations.models import metadata
from domain.platform.clock import FixedClock
from domain.platform.database import Database, Role, TenantSession
from domain.platform.embedded import EmbeddedPostgres
from domain.platform.ids import tenant_key
from domain.platform.schema import role_statements, wall_statements
from tests.domain.financing.conftest import World, firms
from tests.domain.financing.test_accrual import TERMS as _TERMS  # noqa: F401

ADVANCES = 1_000_000
