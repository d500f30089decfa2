/** A machine whose kernel has tracing: probes come and go, and a ring buffer is a directory that goes with all that is in it. */
import { planRecording } from '../../../../../src/init/races/record/plan-recording.ts';
import { INSTANCE, TRACING } from '../../../../../src/init/races/record/tracefs.ts';
import { SysError } from '../../../../../src/sys/sys.ts';
import { FakeSys } from '../../../../fake/fake-sys.ts';

const DEFINITIONS = `${TRACING}/dynamic_events`;

export class TracingSys extends FakeSys {
  /** Functions that are not in this kernel, and probes that it does not take. */
  readonly absent = new Set<string>();
  readonly #events: readonly string[];

  constructor(release = '6.1.0-43-amd64') {
    super();
    this.#events = planRecording(release).flatMap(({ event, definition }) => (definition === undefined ? [event] : []));
    for (const path of [TRACING, `${TRACING}/instances`, `${TRACING}/events/syscalls`]) this.dir(path);
    this.file(DEFINITIONS, '').file(`${TRACING}/kprobe_profile`, '').file(`${TRACING}/error_log`, '');
    this.file('/proc/sys/kernel/osrelease', `${release}\n`).file('/proc/self/mounts', '').file('/proc/self/mountinfo', '');
    this.file('/proc/meminfo', 'MemTotal: 1000000 kB\nMemAvailable:  819200 kB\n');
  }

  /** The last word in each of our buffer's files. */
  async setting(file: string): Promise<string | undefined> {
    return (await this.readText(`${INSTANCE}/${file}`))?.trimEnd().split('\n').at(-1);
  }

  override async makeDir(path: string, mode?: number): Promise<void> {
    await super.makeDir(path, mode);
    if (path !== INSTANCE) return;
    for (const cpu of ['cpu0', 'cpu1'])
      this.file(`${path}/per_cpu/${cpu}/stats`, 'entries: 1000\noverrun: 0\ncommit overrun: 0\ndropped events: 0\n');
    for (const event of this.#events) this.file(`${path}/events/${event}/enable`, '0\n');
    for (const file of ['tracing_on', 'trace_clock', 'options/overwrite', 'buffer_size_kb', 'trace']) this.file(`${path}/${file}`, '1\n');
  }

  override async remove(path: string): Promise<void> {
    if (path === INSTANCE) for (const child of (await this.listDir(path)) ?? []) await this.#removeAll(`${path}/${child}`);
    await super.remove(path);
  }

  async #removeAll(path: string): Promise<void> {
    if ((await this.facts(path))?.kind === 'directory')
      for (const child of (await this.listDir(path)) ?? []) await this.#removeAll(`${path}/${child}`);
    await super.remove(path);
  }

  override async appendLine(path: string, line: string): Promise<void> {
    if (path !== DEFINITIONS) return super.appendLine(path, line);
    const [head = '', symbol = ''] = line.split(' ');
    const event = head.slice(head.indexOf(':') + 1);
    if (this.absent.has(symbol) || this.absent.has(event)) {
      await super.appendLine(`${TRACING}/error_log`, `[ 2.1] trace_kprobe: error: Failed to register probe event\n  Command: ${line}`);
      throw new SysError('ENOENT', path, `${path}: no such file or directory`);
    }
    if (!head.startsWith('-')) {
      this.file(`${INSTANCE}/events/${event}/enable`, '0\n');
      return super.appendLine(path, line);
    }
    this.journal.push(`undefine ${event}`);
    const left = ((await this.readText(path)) ?? '').split('\n').filter((each) => !each.includes(`:${event} `));
    this.file(path, left.join('\n'));
  }
}
