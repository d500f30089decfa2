/** Where rescue finds and leaves its files: parameters, so that a test runs the real thing in a directory of its own. */
import { paths, TOOLBOX } from '../sys/paths.ts';
import type { HostKeyFiles } from './auth/host-key.ts';

export interface RescueOptions {
  readonly configDirectories: readonly string[];
  readonly keyFiles: readonly string[];
  readonly hostKeyFiles: HostKeyFiles;
  readonly stateFile: string;
  readonly controlSocket: string;
  /** False leaves the links alone. */
  readonly network: boolean;
}

const HOST_KEY = 'ssh_host_ed25519_key';

export const rescueOptions: RescueOptions = {
  configDirectories: [paths.bakedConfig, paths.rootConfig],
  keyFiles: [paths.bakedConfig, paths.rootConfig, paths.etc].map((directory) => `${directory}/authorized_keys`),
  hostKeyFiles: {
    copied: `${paths.rootConfig}/${HOST_KEY}`,
    ram: `${TOOLBOX}/${HOST_KEY}`,
    kept: `${paths.etc}/${HOST_KEY}`,
  },
  stateFile: paths.rescueState,
  controlSocket: paths.rescueControl,
  network: true,
};
