/** Puts what the sessions of one client do into the event log, and their terminals into recordings. */
import { emit, type WhatOf } from '../../sys/events.ts';
import type { Sys } from '../../sys/sys.ts';
import type { Client, Forward, ProgramEnd, ProgramObserver, ProgramStart, SessionObserver, Traffic } from '../session/session-observer.ts';
import { bounded, factsOf } from './client-facts.ts';
import { createFileAudit, type FileTotals } from './file-audit.ts';
import type { Recording } from './recording.ts';
import { parseScpCommand } from './scp-command.ts';

export interface Recorder {
  readonly start: (client: Client, program: ProgramStart) => Recording | undefined;
  /** What is typed is recorded, too: passwords with it. */
  readonly withInput: boolean;
}

/**
 * The events of a program have the client's name and its own number, `1234.1/2`. All are for the log alone: what is asked for on a
 * machine that works is nothing for its console.
 */
export function auditClient(sys: Sys, client: Client, recorder?: Recorder): SessionObserver {
  const who = { ...factsOf(client) };
  let programs = 0;

  function tell(
    what: WhatOf<'session'>,
    detail: string,
    { name = client.name, ...more }: { readonly name?: string; readonly [key: string]: unknown },
  ): void {
    void emit(sys, { subject: 'session', name, what, detail, data: { ...more, ...who }, quiet: true });
  }

  function started(program: ProgramStart): ProgramObserver {
    programs += 1;
    const name = `${client.name}/${programs}`;
    const startedMs = sys.uptimeMs();
    const recording = program.terminal === undefined ? undefined : recorder?.start(client, program);
    const files = createFileAudit(sys, name, who);
    tell('started', describeProgram(program), { name, ...programData(program), ...(recording && { recording: recording.id }) });
    const copies = parseScpCommand(program.forced ?? program.asked);
    if (copies !== undefined) files.action(copies);
    return {
      ...(recording && { output: recording.output, resize: recording.resize }),
      ...(recording && recorder?.withInput && { input: recording.input }),
      diagnostics: files.line,
      ended(end) {
        recording?.end(describeExit(end));
        const totals = files.end();
        const durationMs = Math.round(sys.uptimeMs() - startedMs);
        const { code, signal, bytesIn, bytesOut } = end;
        const data = { code, signal, bytesIn, bytesOut, durationMs, ...(totals.actions > 0 && { files: totals }) };
        tell('ended', `${describeExit(end)} after ${seconds(durationMs)}, ${describeTraffic(end)}${describeFiles(totals)}`, {
          name,
          ...data,
        });
      },
    };
  }

  function forwarded(forward: Forward): (traffic: Traffic) => void {
    const startedMs = sys.uptimeMs();
    const data = { kind: forward.kind, target: bounded(forward.target), origin: bounded(forward.origin) };
    const way = `${data.kind} ${data.target}${data.origin === '' ? '' : ` for ${data.origin}`}`;
    tell('forwarded', way, data);
    return ({ bytesIn, bytesOut }) => {
      const durationMs = Math.round(sys.uptimeMs() - startedMs);
      const detail = `${way} after ${seconds(durationMs)}, ${describeTraffic({ bytesIn, bytesOut })}`;
      tell('forward-closed', detail, { ...data, bytesIn, bytesOut, durationMs });
    };
  }

  return {
    started,
    forwarded,
    listening: (target, open) => tell(open ? 'listening' : 'listening-ended', bounded(target), { target: bounded(target) }),
    refused: (what, why) => tell('refused', `${bounded(what)}: ${why}`, { asked: bounded(what), why }),
  };
}

function describeProgram({ kind, asked, forced, terminal }: ProgramStart): string {
  const words = asked === '' ? kind : `${kind}: ${bounded(asked)}`;
  const instead = forced === undefined ? '' : `, in place of it: ${bounded(forced)}`;
  return `${words}${instead}${terminal === undefined ? '' : `, on ${terminal.term} ${terminal.cols}x${terminal.rows}`}`;
}

function programData({ kind, asked, forced, terminal }: ProgramStart): Readonly<Record<string, unknown>> {
  return { kind, asked: bounded(asked), ...(forced === undefined ? {} : { forced: bounded(forced) }), ...(terminal && { terminal }) };
}

/** `exit 0`, `signal SIGTERM`, `the client went first`. */
function describeExit({ code, signal }: ProgramEnd): string {
  if (signal !== null) return `signal ${signal}`;
  return code === null ? 'the client went first' : `exit ${code}`;
}

const describeTraffic = ({ bytesIn, bytesOut }: Traffic): string => `${bytesIn} bytes in, ${bytesOut} out`;
const describeFiles = ({ actions, bytesRead, bytesWritten }: FileTotals): string =>
  actions === 0 ? '' : `, ${actions} actions on files, ${bytesRead} bytes read, ${bytesWritten} written`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
