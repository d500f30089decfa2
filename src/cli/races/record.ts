/** `lifeboot races record`: the next boot of this machine is recorded, and no other. */
import { parseArgs } from 'node:util';
import { armRecording, disarmRecording } from '../../init/races/record/arm-recording.ts';
import { createLinuxSys } from '../../sys/linux.ts';
import { paths } from '../../sys/paths.ts';
import { UsageError } from '../usage-error.ts';

const WRONG = 2;

/** Exit status 1 when there was nothing to cancel, 2 when there is no image. */
export async function record(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { cancel: { type: 'boolean' }, root: { type: 'string' } },
    allowPositionals: true,
  });
  if (positionals.length > 0) throw new UsageError(`nothing follows record but --cancel and --root DIR: ${JSON.stringify(positionals[0])}`);
  const sys = createLinuxSys();
  const root = (values.root ?? '').replace(/\/$/, '');
  if (values.cancel) {
    const wasArmed = await disarmRecording(sys, root);
    process.stdout.write(wasArmed ? 'the next boot is not recorded\n' : 'no recording was wished for\n');
    return wasArmed ? 0 : 1;
  }
  if ((await sys.facts(`${root}/etc`)) === undefined) {
    process.stderr.write(`lifeboot: --root ${root}: there is no unpacked image, ${root}/etc is missing\n`);
    return WRONG;
  }
  await armRecording(sys, root);
  process.stdout.write(`the next boot is recorded, in ${paths.races}; it takes a little longer: lifeboot status says how it went\n`);
  return 0;
}
