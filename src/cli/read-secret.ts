/** A line that is not shown while it is typed. */

const [CTRL_C, CTRL_D, BACKSPACE, DELETE, CTRL_U] = ['\x03', '\x04', '\x08', '\x7f', '\x15'];

/** Undefined when nothing was given: Ctrl-C, Ctrl-D, or an empty standard input. Without a terminal the first line of standard input. */
export async function readSecret(prompt: string): Promise<string | undefined> {
  const { stdin, stderr } = process;
  stdin.setEncoding('utf8');
  if (!stdin.isTTY) {
    let text = '';
    for await (const part of stdin) text += part;
    return text === '' ? undefined : text.split(/\r?\n/, 1)[0];
  }
  stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.resume();
  try {
    return await new Promise((resolve) => {
      let typed = '';
      stdin.on('data', (text: string) => {
        const next = takeKeys(typed, text);
        if (next.done) resolve(next.text);
        else typed = next.text ?? '';
      });
    });
  } finally {
    stdin.removeAllListeners('data');
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

interface Typed {
  readonly text: string | undefined;
  readonly done: boolean;
}

/** Pure. What the line is after these keys. */
export function takeKeys(before: string, keys: string): Typed {
  let text = before;
  for (const key of keys) {
    if (key === '\r' || key === '\n') return { text, done: true };
    if (key === CTRL_C || (key === CTRL_D && text === '')) return { text: undefined, done: true };
    if (key === BACKSPACE || key === DELETE) text = [...text].slice(0, -1).join('');
    else if (key === CTRL_U) text = '';
    else if (key !== CTRL_D) text += key;
  }
  return { text, done: false };
}
