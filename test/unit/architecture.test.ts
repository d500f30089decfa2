/** The import rules, read from the import lines themselves. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Which folders of src a folder may import besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  sys: [],
  fsck: ['sys'],
  rescue: ['sys'],
  init: ['fsck', 'sys'],
  chart: ['sys'],
  cli: ['chart', 'fsck', 'init', 'rescue', 'setup', 'sys', 'toolbox'],
  main: ['cli', 'fsck', 'init', 'rescue', 'sys'],
  toolbox: ['fsck', 'init', 'rescue', 'setup', 'sys'],
  setup: ['sys', 'toolbox'],
};

/** Which folder alone may import a module; the tools that only build and test may import anything. */
const owners: Readonly<Record<string, string>> = {
  'node:child_process': 'sys',
  'node:fs': 'sys',
  'node:fs/promises': 'sys',
  'node:net': 'sys',
  'node:dgram': 'sys',
  'node:http': 'sys',
  'node:https': 'sys',
  'node:tls': 'sys',
  execa: 'sys',
  pino: 'sys',
  ssh2: 'rescue',
  'node-pty': 'rescue',
  'dependency-graph': 'init',
};
const tools = ['setup', 'toolbox'];

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly wanted: string;
}

const files = globSync('src/**/*.{ts,mjs}', { cwd: root }).sort();
const imports = files.flatMap((file) => importsOf(file));

/** `main` for the files directly in src. */
function folderOf(path: string): string {
  const parts = path.split('/');
  return parts.length === 2 ? 'main' : (parts[1] ?? '');
}

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const lines = /^\s*(?:import|export)\b[^'"`;]*?from\s*'([^']+)'|^\s*import\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm;
  return [...text.matchAll(lines)].map(([, a, b, c]) => ({ file, folder: folderOf(file), wanted: a ?? b ?? c ?? '' }));
}

const targetOf = ({ file, wanted }: Import) => (wanted.startsWith('.') ? normalize(join(dirname(file), wanted)) : undefined);
const show = ({ file, wanted }: Import) => `${file} → ${wanted}`;

describe('imports of src', () => {
  test('are found at all', () => {
    expect(imports.filter(({ wanted }) => wanted === 'execa').length).toBeGreaterThan(0);
    expect(imports.filter((entry) => targetOf(entry) === 'src/sys/sys.ts').length).toBeGreaterThan(5);
  });
  test('every folder has a row in the table', () => {
    expect([...new Set(files.map(folderOf))].filter((folder) => allowed[folder] === undefined)).toEqual([]);
  });
  test('stay within src, but for the version in package.json', () => {
    const outside = imports.filter((entry) => !(targetOf(entry) ?? 'src/').match(/^src\/|^package\.json$/));
    expect(outside.map(show)).toEqual([]);
  });
  test('follow the import direction', () => {
    const wrong = imports.filter((entry) => {
      const target = targetOf(entry);
      if (target === undefined || !target.startsWith('src/')) return false;
      const folder = folderOf(target);
      return folder !== entry.folder && !allowed[entry.folder]?.includes(folder);
    });
    expect(wrong.map(show)).toEqual([]);
  });
  test('leave the operating system, ssh and the graph to their owners', () => {
    const wrong = imports.filter(({ folder, wanted }) => {
      const owner = owners[wanted];
      return owner !== undefined && owner !== folder && !tools.includes(folder);
    });
    expect(wrong.map(show)).toEqual([]);
  });
  test('name files with their extension', () => {
    expect(imports.filter(({ wanted }) => wanted.startsWith('.') && !/\.(ts|mjs|json)$/.test(wanted)).map(show)).toEqual([]);
  });
  test('make no circle', () => {
    const next = new Map(
      files.map((file) => [file, imports.filter((entry) => entry.file === file).flatMap((entry) => targetOf(entry) ?? [])]),
    );
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): readonly string[] => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
      if (done.has(file)) return [];
      for (const target of next.get(file) ?? []) {
        const circle = visit(target, [...path, file]);
        if (circle.length > 0) return circle;
      }
      done.add(file);
      return [];
    };
    expect(files.map((file) => visit(file, [])).find((circle) => circle.length > 0)).toBeUndefined();
  });
});

describe('files of src', () => {
  test('are at most 250 lines', () => {
    const long = files.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 251);
    expect(long).toEqual([]);
  });
  test('re-export nothing of their neighbours', () => {
    expect(files.filter((file) => /^export\b[^;]*\bfrom '\./m.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });
});
