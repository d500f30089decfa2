/** The memory lifeboot holds once the server is up: its tmpfs, and what its processes have beside it. */

export interface MemoryHeld {
  readonly tmpfsMiB: number;
  readonly processesMiB: number;
  readonly totalMiB: number;
  /** Each process that was counted: `135 node rescue: 24.3 MiB`. */
  readonly processes: readonly string[];
}

/**
 * sh for the rescue door. Counted are the processes that run a program of the toolbox (PID 1, the boot agent, rescue): a program is
 * known by the device of its file. Not counted is this login itself, that is the shell and the shells above it.
 *
 * From proc_pid_smaps(5) we need two things of each process. `smaps_rollup` has its proportional share split by kind. Program text and
 * libraries are mapped from the tmpfs, and tmpfs pages count as Pss_Shmem: df has them already. What is left is anonymous memory
 * (heap, stacks, copied-on-write data) and mapped disk files. Shared memory that is not of the toolbox's tmpfs (memfd, /dev/shm) is
 * shmem, too, and df does not have it: it is found in `smaps` by the device of the mapping.
 */
export const memoryScript = `
device=$(stat -c %d /run/lifeboot)
printf 'device %d:%d\\n' $((device >> 8 & 4095)) $((device & 255))
df -k /run/lifeboot | awk 'END { print "tmpfs", $3 }'
skip=" $$ "
parent=$PPID
while [ "$parent" -gt 1 ] 2>/dev/null; do
  case $(tr '\\0' ' ' </proc/$parent/cmdline) in *agent.mjs*) break ;; esac
  skip="$skip$parent "
  parent=$(awk '$1 == "PPid:" { print $2 }' /proc/$parent/status)
done
for directory in /proc/[0-9]*; do
  pid=\${directory#/proc/}
  case $skip in *" $pid "*) continue ;; esac
  [ "$(stat -L -c %d $directory/exe 2>/dev/null)" = "$device" ] || continue
  echo "process $pid $(tr '\\0' ' ' <$directory/cmdline)"
  grep -E '^Pss_(Anon|File):' $directory/smaps_rollup
  grep -E '^([0-9a-f]+-[0-9a-f]+ |Pss:)' $directory/smaps
done
`;

interface Counted {
  readonly title: string;
  kiB: number;
}

/** Reads the script's output. Throws when the tmpfs or every process is missing from it. */
export function parseMemoryHeld(text: string): MemoryHeld {
  const processes: Counted[] = [];
  let tmpfsKiB: number | undefined;
  let toolboxDevice = '';
  let countsMapping = false;
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    const [head = '', second = ''] = words;
    const current = processes.at(-1);
    if (head === 'device') toolboxDevice = second;
    else if (head === 'tmpfs') tmpfsKiB = Number(second);
    else if (head === 'process') processes.push({ title: titleOf(words), kiB: 0 });
    else if (head === 'Pss_Anon:' || head === 'Pss_File:') add(current, second);
    else if (head === 'Pss:' && countsMapping) add(current, second);
    else if (/^[0-9a-f]+-[0-9a-f]+$/.test(head)) countsMapping = isForeignShmem(words, toolboxDevice);
  }
  if (tmpfsKiB === undefined || processes.length === 0)
    throw new Error(`the machine did not say what memory it holds:\n${text.slice(0, 500)}`);
  const processesMiB = processes.reduce((sum, { kiB }) => sum + kiB, 0) / 1024;
  return {
    tmpfsMiB: tmpfsKiB / 1024,
    processesMiB,
    totalMiB: tmpfsKiB / 1024 + processesMiB,
    processes: processes.map(({ title, kiB }) => `${title}: ${(kiB / 1024).toFixed(1)} MiB`),
  };
}

/** `135 node rescue` for `process 135 /run/lifeboot/bin/node --options agent.mjs rescue`. */
function titleOf([, pid = '', program = '', ...args]: readonly string[]): string {
  return [pid, program.slice(program.lastIndexOf('/') + 1), ...args.slice(-1)].join(' ');
}

function add(process: Counted | undefined, kiB: string): void {
  if (process !== undefined) process.kiB += Number(kiB);
}

/** proc_pid_maps(5): `start-end perms offset dev inode path`, dev in hexadecimal. Only shared memory has these names. */
function isForeignShmem(words: readonly string[], toolboxDevice: string): boolean {
  const [major = 0, minor = 0] = (words[3] ?? '').split(':').map((digits) => Number.parseInt(digits, 16));
  const path = words[5] ?? '';
  return `${major}:${minor}` !== toolboxDevice && /^\/(memfd:|dev\/shm\/|dev\/zero|SYSV)/.test(path);
}
