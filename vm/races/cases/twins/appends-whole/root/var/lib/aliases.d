postmaster: ops
