/** `npm run doctor`: `cove doctor`, of the profile that the app has, while Cove is closed. */
import { runCove } from './cove.mjs';
import { command } from './setup/say.mjs';

await command(() => runCove(['doctor', ...process.argv.slice(2)]));
