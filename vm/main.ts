/** The harness's command line: `npm run vm -- boot | scenarios | image | races`. */
import { parseArgs } from 'node:util';
import { bootCommand } from './boot-command.ts';
import type { InitrdChoice } from './boot-files.ts';
import { progressOn } from './progress.ts';
import { racesCommand } from './races/races-command.ts';
import { runMain } from './run-main.ts';
import { scenarioCommand } from './scenario-command.ts';
import { scenarios, scenariosNamed } from './scenarios/all.ts';
import { findTarget } from './target.ts';

const usage = `usage: npm run vm -- COMMAND
  boot [--image FILE]      boot the 20-service Debian server, or a raw image of yours (never written), and watch it
       [--key FILE]        private key that your image lets in
       [--scenario NAME]   tell one of the scenarios instead; may be repeated, "all" is all of them
       [--keep]            leave the machine running until Ctrl-C and say how to log in
       [--initrd loader]   loader (default): a tiny initrd that only mounts the root, as a kernel with built-in drivers would
       [--initrd image]    the image's own initrd
       [--json FILE]       timings, events and state for machines
       [--console FILE]    the serial console, line by line with times
  scenarios                list the scenarios
  image                    build the image only, say where it is
  races                    find races between start-up scripts, and show them: races --help
`;

async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  if (argv[0] === 'races') return racesCommand(argv.slice(1), process.stdout, signal);
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      image: { type: 'string' },
      scenario: { type: 'string', multiple: true },
      key: { type: 'string' },
      keep: { type: 'boolean', default: false },
      initrd: { type: 'string', default: 'loader' },
      json: { type: 'string' },
      console: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [command = 'boot'] = positionals;
  const output = process.stdout;
  if (values.help || !['boot', 'scenarios', 'image'].includes(command) || positionals.length > 1) {
    output.write(usage);
    return values.help ? 0 : 2;
  }
  if (command === 'scenarios') {
    const width = Math.max(...scenarios.map(({ name }) => name.length));
    for (const { name, story, isLong } of scenarios) output.write(`${name.padEnd(width)}  ${story}${isLong ? ' (long)' : ''}\n`);
    return 0;
  }
  const chosen = (values.scenario ?? []).flatMap((name) => pickScenarios(name));
  const target = await findTarget({
    initrd: parseInitrd(values.initrd),
    show: progressOn(output),
    signal,
    ...(values.image === undefined ? {} : { image: values.image }),
    ...(values.key === undefined ? {} : { key: values.key }),
  });
  output.write(`image ${target.image}, kernel ${target.boot.kernelVersion}, ${target.scripts} initscripts\n`);
  if (command === 'image') return 0;
  if (chosen.length > 0 && !target.canLogIn) throw new Error('a scenario logs in: name a key that the image lets in with --key FILE');
  const common = {
    target,
    output,
    signal,
    ...(values.json === undefined ? {} : { json: values.json }),
    ...(values.console === undefined ? {} : { consoleLog: values.console }),
  };
  return chosen.length > 0 ? scenarioCommand({ ...common, scenarios: chosen }) : bootCommand({ ...common, keep: values.keep });
}

function pickScenarios(name: string) {
  const found = name === 'all' ? scenarios : scenariosNamed(name);
  if (found.length === 0) throw new Error(`no scenario ${name}; there are: ${scenarios.map((scenario) => scenario.name).join(', ')}`);
  return found;
}

function parseInitrd(word: string): InitrdChoice {
  if (word === 'loader' || word === 'image') return word;
  throw new Error(`--initrd ${word}: accepted are loader and image`);
}

await runMain('vm', main, (why) => process.stderr.write(`vm: ${why}: nothing is left running\n`));
