/** Every place of an image that lifeboot takes. Install writes these and no others, uninstall removes the same. */

export const imageLayout = {
  /** Toolbox, manifest, SBOM, licences. */
  home: '/usr/lib/lifeboot',
  /** Kernel option init= names it. */
  init: '/sbin/lifeboot-init',
  /** The command for people on the running machine. */
  command: '/sbin/lifeboot',
  /** Tells the running lifeboot of scripts that are run beside it; only in an image that has a place for it. */
  notice: '/lib/lsb/init-functions.d/50-lifeboot',
  /** The image's own configuration; written by people, and by rescue (its host key). */
  config: '/etc/lifeboot',
} as const;

/** The agent lives in memory once the machine runs; in a chroot or without lifeboot as init there is only the copy on disk. */
export const commandText = `#!/bin/sh
[ -x /run/lifeboot/bin/lifeboot ] && exec /run/lifeboot/bin/lifeboot "$@"
echo "lifeboot: not running here (kernel option init=/sbin/lifeboot-init boots with it)" >&2
exit 1
`;
