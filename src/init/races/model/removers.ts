/** Programs that remove what they find. */
import type { Process } from './process-table.ts';

/** By name: in a boot in which it finds nothing, nothing else tells that it would have removed it. */
export const isRemover = ({ comm }: Process): boolean => /^(rm|rmdir|find|tmpreaper|tmpwatch|systemd-tmpfile)$/.test(comm);
