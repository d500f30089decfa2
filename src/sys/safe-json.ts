/** JSON that may be shown: `cat` of it steers no terminal. */

/** JSON itself escapes what is below U+0020. DEL and the C1 controls steer a terminal as well, and U+2028 and U+2029 break lines for some. */
const LEFT_BY_JSON = /[\u007f-\u009f\u2028\u2029]/g;

/** One line, or with `indent` several; the same value for whoever parses it. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(LEFT_BY_JSON, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
