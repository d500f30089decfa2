/** Reading `/proc` and `/sys` while what is read about goes away: gone reads as empty. */
import { readdirSync, readFileSync } from 'node:fs';

export function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
