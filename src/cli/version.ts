/** The version as package.json states it; the bundle carries it inside. */
import packageJson from '../../package.json' with { type: 'json' };

export function version(_args: readonly string[]): Promise<number> {
  process.stdout.write(`lifeboot ${packageJson.version}\n`);
  return Promise.resolve(0);
}
