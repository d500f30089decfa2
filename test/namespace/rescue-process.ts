/** `lifeboot rescue` as a process of its own, in a directory that takes the place of /run/lifeboot and /etc/lifeboot. */
import { runRescue } from '../../src/rescue/rescue.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';

const directory = process.argv[2] ?? '';
await runRescue(createLinuxSys({ consolePath: `${directory}/console` }), {
  configDirectories: [`${directory}/baked`],
  accessPlaces: { baked: `${directory}/baked`, copied: `${directory}/root`, live: `${directory}/etc` },
  hostKeyFiles: {
    copied: `${directory}/root/host_key`,
    ram: `${directory}/host_key`,
    kept: `${directory}/etc/host_key`,
    certificate: `${directory}/root/host_key-cert.pub`,
  },
  recordings: { memory: `${directory}/sessions`, kept: `${directory}/kept` },
  stateFile: `${directory}/rescue.json`,
  controlSocket: `${directory}/rescue.sock`,
  network: false,
});
