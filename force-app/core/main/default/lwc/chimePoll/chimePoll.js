/**
 * Asks again and again while somebody looks: never twice at a time, and not while the browser tab
 * is hidden. A tab that comes back asks at once if a turn was missed.
 */
import { after } from 'c/chimeTimer';

const AFTER_FAULT_MS = 15000;

/**
 * @param {() => Promise<number|null>} task one look, which keeps its own errors; answers the milliseconds until the next one, null for never
 * @returns {{start: () => Promise<void>, now: () => Promise<void>, stop: () => void}}
 *   start looks at once; now looks at once too, without waiting for its turn; stop ends it until the next start
 */
export function poll(task) {
    let live = false;
    let running = false;
    let again = false;
    let due = null;
    let cancel = () => {};

    async function look() {
        if (!live) {
            return;
        }
        if (running) {
            again = true;
            return;
        }
        cancel();
        running = true;
        /* One that throws all the same does not end the others. */
        let wait = AFTER_FAULT_MS;
        try {
            wait = await task();
        } finally {
            running = false;
            if (live && !again) {
                due = wait === null ? null : Date.now() + wait;
                plan();
            }
        }
        if (again) {
            again = false;
            await look();
        }
    }

    function plan() {
        cancel();
        if (due !== null && document.visibilityState !== 'hidden') {
            cancel = after(Math.max(0, due - Date.now()), look);
        }
    }

    function seen() {
        if (!running) {
            plan();
        }
    }

    return {
        start() {
            if (!live) {
                live = true;
                document.addEventListener('visibilitychange', seen);
            }
            return look();
        },
        now: look,
        stop() {
            live = false;
            again = false;
            cancel();
            document.removeEventListener('visibilitychange', seen);
        }
    };
}
