#!/bin/sh
# mark-base.sh FROM TO WORK OVERLAY... -- COMMAND...: a root as tar.zst with the overlays laid over it and a command run inside.
# Runs as root, or as root of a user namespace.
set -eu

from=$1 to=$2 work=$3
shift 3
mkdir -m 755 "$work"
# No device nodes: a user namespace may not make them, and assemble.ts leaves them out anyway.
tar -x --zstd -p --numeric-owner --xattrs '--xattrs-include=*' '--exclude=./dev/*' -f "$from" -C "$work"
while [ "$1" != -- ]; do
  # Owners and modes of a checkout are its owner's: only whether a file is executable counts.
  (cd "$1" && find . -type f) | while read -r file; do
    mode=644
    [ -x "$1/$file" ] && mode=755
    install -D -m $mode "$1/$file" "$work/$file"
  done
  shift
done
shift
# What update-rc.d and systemctl throw away has to go somewhere.
: >"$work/dev/null"
chroot "$work" "$@"
rm "$work/dev/null"
tar -c --use-compress-program='zstd -3 -T0' --numeric-owner --xattrs '--xattrs-include=*' -f "$to" -C "$work" .
