/** Filesystems that are interfaces of the kernel or memory: to detach them loses nothing. */
import type { Mount } from '../sys/mountinfo.ts';

/** The mounts that follow the machine from one root to the other. */
export const apiDirectories = ['run', 'proc', 'sys', 'dev'] as const;

const apiTypes: ReadonlySet<string> = new Set([
  'autofs',
  'binfmt_misc',
  'bpf',
  'cgroup',
  'cgroup2',
  'configfs',
  'debugfs',
  'devpts',
  'devtmpfs',
  'efivarfs',
  'fusectl',
  'hugetlbfs',
  'mqueue',
  'nfsd',
  'nsfs',
  'proc',
  'pstore',
  'rpc_pipefs',
  'securityfs',
  'selinuxfs',
  'smackfs',
  'sysfs',
  'tracefs',
]);

/** An interface of the kernel: no file of a disk can be behind it. */
export const isApiMount = (mount: Mount): boolean => apiTypes.has(mount.fsType);

/** Gone with the power anyway: an interface of the kernel, or files in memory. */
export const isVolatile = (mount: Mount): boolean => isApiMount(mount) || mount.fsType === 'tmpfs' || mount.fsType === 'ramfs';
