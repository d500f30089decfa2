/**
 * For the device mapper's programs and mdadm(8): there is no udev that would make their nodes, or a dead one whose socket is left, for
 * which libdevmapper would wait for ever. They make them themselves. (And lvm(8) is not to complain of the pipes it is given.)
 */
export const WITHOUT_UDEV: Readonly<Record<string, string>> = { DM_DISABLE_UDEV: '1', MDADM_NO_UDEV: '1', LVM_SUPPRESS_FD_WARNINGS: '1' };
