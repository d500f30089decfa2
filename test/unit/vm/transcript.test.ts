import { expect, test } from 'vitest';
import { Transcript } from '../../../vm/transcript.ts';

test('expect() takes text up to the match and leaves the rest for the next', async () => {
  const transcript = new Transcript();
  transcript.push('a prompt # and more # ');
  await expect(transcript.expect(/# /, 100)).resolves.toBe('a prompt # ');
  await expect(transcript.expect(/# /, 100)).resolves.toBe('and more # ');
});

test('expect() waits for text that comes later', async () => {
  const transcript = new Transcript();
  const waiting = transcript.expect(/ready/, 1000);
  transcript.push('rea');
  transcript.push('dy');
  await expect(waiting).resolves.toBe('ready');
});

test('expect() fails after its deadline and at the end, with what came instead', async () => {
  const transcript = new Transcript();
  transcript.push('something else');
  await expect(transcript.expect(/ready/, 20)).rejects.toThrow(/within 0\.02 s[\s\S]*something else/);
  const waiting = transcript.expect(/ready/, 60_000);
  transcript.close('the session was closed');
  await expect(waiting).rejects.toThrow(/the session was closed/);
});
