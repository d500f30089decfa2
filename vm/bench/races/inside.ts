/** `node inside.ts EVENTS`: analyses a made trace of so many events in a process of its own, and tells time and memory as JSON. */
import { analyse } from '../../../src/init/races/model/analyse.ts';
import { bigTrace } from './big-trace.ts';

const trace = bigTrace(Number(process.argv[2]));
const startedMs = performance.now();
const { findings } = analyse([trace]);
const seconds = (performance.now() - startedMs) / 1000;
const peakMiB = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ events: trace.events.length, findings: findings.length, seconds, peakMiB }));
