# shellcheck shell=dash
# bounded SECONDS COMMAND…: the command's exit code, or 1 when it does not end in time. What waits for a dead disk or server cannot even be
# killed: it is left behind.
bounded() {
  left=$(($1 * 5))
  shift
  "$@" &
  while kill -0 $! 2>/dev/null; do
    if [ $left = 0 ]; then
      kill -KILL $!
      echo "lifeboot: no end of: $*" >/dev/console
      return 1
    fi
    left=$((left - 1))
    /run/lifeboot/bin/busybox sleep 0.2
  done
  wait $!
}
