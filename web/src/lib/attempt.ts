// Does something at the hub, and says what came of it.
import { Refused } from './http';
import { t } from './texts.svelte';
import { say } from './toasts.svelte';

/** Tells whether it worked; the reason why not is shown. */
export async function attempt(what: () => Promise<unknown>, done = ''): Promise<boolean> {
  try {
    await what();
    if (done) say(done);
    return true;
  } catch (e) {
    say(e instanceof Refused ? e.message : t('link.unreachable'), 'bad');
    return false;
  }
}
