/** Progress of a build on standard error: which step of how many, how long it took. */

export interface Progress {
  /** Runs one step and tells of it. The work returns a detail for the line, or nothing. */
  step<T>(what: string, work: () => Promise<T>, detail?: (result: T) => string): Promise<T>;
}

export function startProgress(total: number, say: (line: string) => void = (line) => console.error(line)): Progress {
  let number = 0;
  const began = performance.now();
  return {
    async step(what, work, detail) {
      number += 1;
      const started = performance.now();
      say(`toolbox ${number}/${total} ${what} …`);
      const result = await work();
      const told = detail === undefined ? '' : ` ${detail(result)}`;
      say(`toolbox ${number}/${total} ${what}:${told} ${seconds(started)} (${seconds(began)} in all)`);
      return result;
    },
  };
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;
