/** Reads one lifeboot.toml: what is right counts, what is wrong becomes a Problem with its line. Never throws. */
import { parse as parseToml, TomlError } from 'smol-toml';
import * as v from 'valibot';
import { didYouMean } from './nearest.ts';
import { type NetworkSetting, networkKeys, networkSetting, sameLink } from './network-setting.ts';
import { paths } from './paths.ts';
import type { Problem } from './problem.ts';
import { type SettingRow, type Settings, settingRows } from './settings.ts';
import { findTomlLines, lineOf } from './toml-lines.ts';

export interface ConfigValues {
  readonly settings: Settings;
  readonly network: readonly NetworkSetting[];
}

type Table = Readonly<Record<string, unknown>>;
/** Makes a Problem for the key at `path`, with its value and line. */
type Report = (path: string, value: unknown, message: string, accepted: string) => void;

const sections = [...new Set(settingRows.map((row) => row.section)), 'network'];

/** What `network.toml` may say: the file that a machine's own tools write. */
export const networkSections: readonly string[] = ['network', 'network_timeouts'];

/** The values of `base` with those of the text over them. What the text has wrong stays as in `base`. */
export function parseConfigFile(
  text: string,
  file: string,
  base: ConfigValues,
  accepted: readonly string[] = sections,
): ConfigValues & { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const table = parseTolerantly(text, file, problems);
  const lines = findTomlLines(text);
  const report: Report = (path, value, message, accepted) => {
    const line = lineOf(lines, path);
    const shown = value === undefined ? path : `${path} = ${JSON.stringify(value)}`;
    problems.push({ file, ...(line === undefined ? {} : { line }), value: shown, message, accepted });
  };
  const settings = overlaySettings(table, base.settings, { accepted, report });
  const entries = overlayNetwork(table['network'], base.network, report);
  const place = { source: file.split('/').at(-1) ?? file, ...(file.startsWith(paths.bakedConfig) ? { baked: true } : {}) };
  const network = entries.map((entry) => (base.network.includes(entry) ? entry : { ...entry, ...place }));
  return { settings, network, problems };
}

/**
 * Parses; where the syntax is broken, says so and leaves the broken line out, then tries again: one slip must not cost
 * the port or the address. A broken table header takes its whole table with it, so that its keys do not land in another.
 */
function parseTolerantly(text: string, file: string, problems: Problem[]): Table {
  const lines = text.split('\n');
  for (let tries = 0; tries < 20; tries++) {
    try {
      return parseToml(lines.join('\n'), { unsafeKeyBehaviour: 'throw' });
    } catch (error) {
      const fault = error instanceof TomlError ? error : undefined;
      const line = Math.min(Math.max(fault?.line ?? lines.length, 1), lines.length);
      const message = (fault?.message.split('\n')[0] ?? String(error)).replace('Invalid TOML document: ', '');
      const column = fault === undefined ? '' : ` at column ${fault.column}`;
      problems.push({
        file,
        line,
        value: lines[line - 1]?.trim() ?? '',
        message: `${message}${column}`,
        accepted: 'TOML 1.0; the line is left out',
      });
      if (!blankOut(lines, line - 1)) break;
    }
  }
  problems.push({ file, value: file, message: 'too many faults', accepted: 'TOML 1.0; the whole file is left out' });
  return {};
}

function blankOut(lines: string[], index: number): boolean {
  if (lines[index]?.trim() === '') return false;
  const isHeader = lines[index]?.trimStart().startsWith('[') ?? false;
  lines[index] = '';
  for (let at = index + 1; isHeader && at < lines.length && !lines[at]?.trimStart().startsWith('['); at++) lines[at] = '';
  return true;
}

function overlaySettings(
  table: Table,
  base: Settings,
  { accepted, report }: { readonly accepted: readonly string[]; readonly report: Report },
): Settings {
  const values: Record<string, Record<string, unknown>> = structuredClone(base);
  for (const [section, content] of Object.entries(table)) {
    if (section === 'network') continue;
    if (!accepted.includes(section)) {
      report(section, undefined, 'unknown section', `${didYouMean(section, accepted)}${accepted.join(', ')}`);
    } else if (isTable(content)) {
      for (const [key, value] of Object.entries(content)) overlayKey({ section, key, value, values, report });
    } else {
      report(section, content, 'must be a section', `[${section}]`);
    }
  }
  return values as Settings;
}

function overlayKey(at: {
  readonly section: string;
  readonly key: string;
  readonly value: unknown;
  readonly values: Record<string, Record<string, unknown>>;
  readonly report: Report;
}): void {
  const { section, key, value, values, report } = at;
  const rows = settingRows.filter((row) => row.section === section);
  const row: SettingRow | undefined = rows.find((each) => each.key === key);
  const path = `${section}.${key}`;
  if (row === undefined) {
    const names = rows.map((each) => each.key);
    report(path, value, 'unknown key', `${didYouMean(key, names)}${names.join(', ')}`);
    return;
  }
  const checked = v.safeParse(row.schema, value);
  const current = values[section]?.[key];
  if (checked.success) values[section] = { ...values[section], [key]: checked.output };
  else report(path, value, 'is not a value it can have', `${row.accepted} (${JSON.stringify(current)} is used)`);
}

function overlayNetwork(content: unknown, base: readonly NetworkSetting[], report: Report): readonly NetworkSetting[] {
  if (content === undefined) return base;
  if (!Array.isArray(content) || !content.every(isTable)) {
    report('network', content, 'must be a list of tables', '[[network]], one for each link');
    return base;
  }
  const own = content.map((entry, index) => parseNetwork(entry, `network[${index}]`, report)).filter((entry) => entry !== undefined);
  return [...own, ...base.filter((baked) => !own.some((entry) => sameLink(entry, baked)))];
}

function parseNetwork(entry: Table, path: string, report: Report): NetworkSetting | undefined {
  const good: Record<string, unknown> = {};
  const names = Object.keys(networkKeys);
  for (const [key, value] of Object.entries(entry)) {
    const known = Object.entries(networkKeys).find(([name]) => name === key)?.[1];
    const checked = known === undefined ? undefined : v.safeParse(known.schema, value);
    if (known === undefined) report(`${path}.${key}`, value, 'unknown key', `${didYouMean(key, names)}${names.join(', ')}`);
    else if (checked?.success) good[key] = checked.output;
    else report(`${path}.${key}`, value, reasonOf(checked?.issues), `${known.accepted} (the key is left out)`);
  }
  const setting = networkSetting(good);
  if (typeof setting !== 'string') return setting;
  report(path, undefined, setting, 'interface or mac, and address, method, bond, bridge or vlan (the entry is left out)');
  return undefined;
}

/** What the schema itself found, where it says more than that the value is wrong. */
function reasonOf(issues: readonly v.BaseIssue<unknown>[] = []): string {
  const said = issues.flatMap((issue) => [issue, ...(issue.issues ?? [])]).find(({ type }) => type === 'raw_transform');
  return said?.message.startsWith('has ') ? said.message : 'is not a value it can have';
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
