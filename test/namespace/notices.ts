/** An observer that writes down what it is told, one line for each notice. */
import type { SessionObserver } from '../../src/rescue/session/session-observer.ts';

export interface Notices {
  readonly lines: string[];
  readonly observe: () => SessionObserver;
}

export function recordNotices(): Notices {
  const lines: string[] = [];
  const observer: SessionObserver = {
    started: ({ kind, asked, forced, terminal }) => {
      const where = terminal === undefined ? '' : ` on ${terminal.term} ${terminal.cols}x${terminal.rows}`;
      lines.push(`started ${kind} ${asked}${forced === undefined ? '' : ` forced ${forced}`}${where}`);
      return {
        output: (chunk) => lines.push(`output ${Buffer.from(chunk)}`),
        input: (chunk) => lines.push(`input ${Buffer.from(chunk)}`),
        resize: ({ cols, rows }) => lines.push(`resize ${cols}x${rows}`),
        diagnostics: (line) => lines.push(`log ${line}`),
        ended: ({ code, signal, bytesIn, bytesOut }) => lines.push(`ended ${code ?? signal} in ${bytesIn} out ${bytesOut}`),
      };
    },
    forwarded: ({ kind, target, origin }) => {
      lines.push(`forwarded ${kind} ${target} ${origin === '' ? 'from a socket' : 'from a port'}`);
      return ({ bytesIn, bytesOut }) => lines.push(`over ${target} in ${bytesIn} out ${bytesOut}`);
    },
    listening: (target, open) => lines.push(`${open ? 'listening' : 'closed'} ${target}`),
    refused: (what, why) => lines.push(`refused ${what}: ${why}`),
  };
  return { lines, observe: () => observer };
}
