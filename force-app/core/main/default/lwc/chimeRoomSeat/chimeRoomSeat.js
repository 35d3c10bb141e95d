/**
 * This user's seat in a meeting: what opens it is asked of Apex when it is wanted, and forgotten when it is not.
 *
 * Promises: a room at an address that is not secure is told nothing; an answer of Apex that comes after the seat was
 * forgotten or asked for again opens nothing; of a seat in its own window only the key is kept, for a minute.
 */
import { checkBefore, safeOrigin } from 'c/chimeSelfCheck';
import { after } from 'c/chimeTimer';
import enter from '@salesforce/apex/ChimeRoomController.enter';

/** How long a seat in its own window can be opened once more without asking Apex for it. */
const KEEP_KEY_MS = 60000;

/**
 * @typedef {{origin: string, key: string, hostExpires?: number|null, hostProof?: string|null, justIssued?: boolean}} Seat
 *   the room's address and what opens the seat there; a host's proof holds until hostExpires, in seconds
 */

/**
 * @returns {{ask: (meetingId: string) => Promise<{seat?: Seat, codes?: string[], error?: unknown}|null>,
 *   held: () => Seat|null, origin: () => string|null, openWindow: (seat: Seat) => void, forget: () => void}}
 *   ask answers the seat, or what forbids to open the room, or why Apex refused; null if it was overtaken. origin is
 *   the address of the last seat, also when it is forgotten
 */
export function seatKeeper() {
    let held = null;
    let origin = null;
    let turn = 0;
    let cancel = () => {};

    function hold(seat) {
        cancel();
        held = seat;
    }

    function forget() {
        turn += 1;
        hold(null);
    }

    async function ask(meetingId) {
        turn += 1;
        const mine = turn;
        let answer;
        try {
            const entry = await enter({ meetingId });
            const codes = checkBefore(entry.roomUrl);
            answer = codes.length > 0 ? { codes } : { seat: seatOf(entry) };
        } catch (error) {
            answer = { error };
        }
        if (mine !== turn) {
            return null;
        }
        if (answer.seat) {
            hold(answer.seat);
            origin = held.origin;
        }
        return answer;
    }

    /* The link holds no host power. `.new`: the meeting service may not have answered yet, which is not a wrong link. */
    function openWindow(seat) {
        const { key, justIssued } = seat;
        window.open(`${seat.origin}/#${key}${justIssued ? '.new' : ''}`, '_blank', 'noopener,noreferrer');
        hold({ origin: seat.origin, key, justIssued });
        cancel = after(KEEP_KEY_MS, () => {
            held = null;
        });
    }

    return { ask, forget, openWindow, held: () => held, origin: () => origin };
}

function seatOf({ roomUrl, key, hostExpires, hostProof, justIssued }) {
    return { origin: safeOrigin(roomUrl), key, hostExpires, hostProof, justIssued };
}
