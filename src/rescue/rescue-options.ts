/** Where rescue finds and leaves its files: parameters, so that a test runs the real thing in a directory of its own. */
import { paths, TOOLBOX } from '../sys/paths.ts';
import type { AccessPlaces } from './auth/access-source.ts';
import type { HostKeyFiles } from './auth/host-key.ts';

export interface RescueOptions {
  readonly configDirectories: readonly string[];
  readonly accessPlaces: AccessPlaces;
  readonly hostKeyFiles: HostKeyFiles;
  /** Directories of recordings: in memory, and on the root. */
  readonly recordings: { readonly memory: string; readonly kept: string };
  readonly stateFile: string;
  readonly controlSocket: string;
  /** False leaves the links alone. */
  readonly network: boolean;
}

const HOST_KEY = 'ssh_host_ed25519_key';

export const rescueOptions: RescueOptions = {
  configDirectories: [paths.bakedConfig, paths.rootConfig],
  accessPlaces: { baked: paths.bakedConfig, copied: paths.rootConfig, live: paths.etc },
  hostKeyFiles: {
    copied: `${paths.rootConfig}/${HOST_KEY}`,
    ram: `${TOOLBOX}/${HOST_KEY}`,
    kept: `${paths.etc}/${HOST_KEY}`,
    certificate: `${paths.rootConfig}/${HOST_KEY}-cert.pub`,
  },
  recordings: { memory: paths.sessions, kept: paths.keptSessions },
  stateFile: paths.rescueState,
  controlSocket: paths.rescueControl,
  network: true,
};
