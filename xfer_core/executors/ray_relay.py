"""The runner's side of an attempt's events: what a node wrote is appended byte for byte."""

from __future__ import annotations

import os
import time

from xfer_core import spool
from xfer_core.domain.errors import StoreError


class Relay(spool.Writer):
    """A writer that can also pass on lines that another machine has written."""

    def pass_on(self, lines: bytes) -> None:
        """Append whole lines of this attempt, the next ones in order.

        Raises:
            StoreError: a line is damaged, belongs elsewhere, or one is missing before it.
        """
        expected = self._seq
        for line in lines.split(b"\n")[:-1]:
            event = spool.decode(line)
            found = event and (event.job_id, event.attempt, event.seq)
            if found != (self._job_id, self._attempt, expected):
                raise StoreError(
                    f"Expected event {expected} of attempt {self._attempt} of {self._job_id} from "
                    f"its node; got {line[:80]!r}. Run the plan again."
                )
            expected += 1
        data = memoryview(lines)
        while data:
            data = data[os.write(self._file, data) :]
        self._hash.update(lines)
        self._seq = expected
        if time.monotonic() - self._synced > spool.FSYNC_SECONDS:
            self.sync()
