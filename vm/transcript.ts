/** What came over a terminal, to be matched piece by piece as a person would read it. */

export class Transcript {
  #text = '';
  #taken = 0;
  #closed: string | undefined;
  #look: () => void = () => {};

  push(chunk: string): void {
    this.#text += chunk;
    this.#look();
  }

  close(why: string): void {
    this.#closed = why;
    this.#look();
  }

  /** Takes everything up to and with the match; one wait at a time. Rejects after the deadline or at the end, with what came instead. */
  expect(pattern: RegExp, deadlineMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        this.#look = () => {};
      };
      const fail = (why: string) => {
        finish();
        reject(new Error(`waited for ${pattern}, but ${why}. The terminal showed:\n${this.#text.slice(this.#taken).slice(-2000)}`));
      };
      const timer = setTimeout(() => fail(`it did not come within ${deadlineMs / 1000} s`), deadlineMs);
      this.#look = () => {
        const fresh = this.#text.slice(this.#taken);
        const match = pattern.exec(fresh);
        if (match) {
          finish();
          const end = match.index + match[0].length;
          this.#taken += end;
          resolve(fresh.slice(0, end));
        } else if (this.#closed !== undefined) fail(this.#closed);
      };
      this.#look();
    });
  }
}
