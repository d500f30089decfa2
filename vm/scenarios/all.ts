/** Every scenario there is, in the order in which the vm ring runs them. */
import { agentKilledAtPhase, agentKilledInTier } from './agent-killed.ts';
import { bondAndVlan } from './bond-and-vlan.ts';
import { btrfsRoot, btrfsRootDegraded } from './btrfs-root.ts';
import { clean } from './clean.ts';
import { consoleShell } from './console-shell.ts';
import { ctrlAltDel } from './ctrl-alt-del.ts';
import { daemonsKilled } from './daemons-killed.ts';
import { dhcp } from './dhcp.ts';
import { failingScript } from './failing-script.ts';
import { fstabDisks } from './fstab-disks.ts';
import { fullDisk } from './full-disk.ts';
import { handOverEmergency, handOverInitramfs, handOverSystemd } from './hand-over.ts';
import { handOverOpenrc, handOverSysvinit } from './hand-over-sysv.ts';
import { hostileKnock } from './hostile-knock.ts';
import { hungScript } from './hung-script.ts';
import { hungStop } from './hung-stop.ts';
import { initramfsMode, initramfsNoDisk } from './initramfs.ts';
import { needsHuman } from './needs-human.ts';
import { noNetwork } from './no-network.ts';
import { deadDisk, readOnlyDisk } from './odd-disks.ts';
import { packages } from './packages.ts';
import { partitioned } from './partitioned.ts';
import { poweroffClean, rebootClean } from './poweroff-clean.ts';
import { preenFixes } from './preen-fixes.ts';
import { racesShown } from './races-shown.ts';
import { recordedBoot, recordedBootKilled } from './recorded-boot.ts';
import { repairAndUndo, repairYes } from './repair.ts';
import { rescueKilled } from './rescue-killed.ts';
import { runLevel } from './run-level.ts';
import { sameNetworkIfupdown, sameNetworkNetworkd } from './same-network.ts';
import type { Scenario } from './scenario.ts';
import { sessionThroughEverything } from './session-through-everything.ts';
import { shutdownLater } from './shutdown-later.ts';
import { softRebootOften, softRebootTwice } from './soft-reboot.ts';
import { luksLvmRoot, luksRoot, lvmRoot, mdDegraded, mdRoot, storageWithoutPrograms } from './stacked-roots.ts';
import { tenBoots } from './ten-boots.ts';
import { twoNicsOneDead } from './two-nics-one-dead.ts';
import { uncleanJournal } from './unclean-journal.ts';
import { wrongClock } from './wrong-clock.ts';
import { xfsRoot, xfsRootDamaged } from './xfs-root.ts';

export const scenarios: readonly Scenario[] = [
  clean,
  sessionThroughEverything,
  uncleanJournal,
  preenFixes,
  partitioned,
  needsHuman,
  repairYes,
  repairAndUndo,
  deadDisk,
  readOnlyDisk,
  wrongClock,
  fullDisk,
  fstabDisks,
  softRebootTwice,
  softRebootOften,
  hungScript,
  failingScript,
  runLevel,
  hungStop,
  shutdownLater,
  ctrlAltDel,
  tenBoots,
  agentKilledAtPhase,
  agentKilledInTier,
  rescueKilled,
  hostileKnock,
  noNetwork,
  consoleShell,
  twoNicsOneDead,
  bondAndVlan,
  dhcp,
  sameNetworkIfupdown,
  sameNetworkNetworkd,
  initramfsMode,
  initramfsNoDisk,
  luksRoot,
  lvmRoot,
  mdRoot,
  mdDegraded,
  luksLvmRoot,
  storageWithoutPrograms,
  xfsRoot,
  xfsRootDamaged,
  btrfsRoot,
  btrfsRootDegraded,
  handOverSystemd,
  handOverEmergency,
  handOverInitramfs,
  handOverSysvinit,
  handOverOpenrc,
  daemonsKilled,
  recordedBoot,
  recordedBootKilled,
  racesShown,
  packages,
  poweroffClean,
  rebootClean,
];

/** The scenario, or those of a family: `agent-killed` is both of them. Empty when there is none of that name. */
export const scenariosNamed = (name: string): readonly Scenario[] =>
  scenarios.filter((scenario) => scenario.name === name || scenario.name.startsWith(`${name}-`));
