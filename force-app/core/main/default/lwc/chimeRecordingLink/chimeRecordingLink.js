/**
 * The links to one recording while somebody watches it. A link lives for minutes: it is asked for once, then only
 * looked for until it has come, and renewed when most of its life is over.
 *
 * Promises: while the recording stands still nothing is asked for; a renewal that fails disturbs nobody who watches,
 * for the old link still lives a while; what comes after `drop` counts for nothing.
 */
import { safeOrigin } from 'c/chimeSelfCheck';
import { after } from 'c/chimeTimer';
import requestLink from '@salesforce/apex/ChimePlaybackController.requestLink';
import link from '@salesforce/apex/ChimePlaybackController.link';
import noLink from '@salesforce/label/c.Chime_Playback_No_Link';
import badLink from '@salesforce/label/c.Chime_Playback_Bad_Link';

const POLL_MS = 2000;
const WAIT_MS = 60000;
/** A link is renewed when this part of its life is over; after a renewal that failed, of what is left. */
const RENEW_AT = 0.8;
const RENEW_AGAIN_AT = 0.5;
const LEAST_PAUSE_MS = 5000;

/**
 * @param {object} watching
 * @param {string} watching.recordingId
 * @param {() => boolean} watching.isPaused whether it stands still
 * @param {() => boolean} watching.isBroken whether it cannot go on with the link it has
 * @param {(urls: string[]) => void} watching.onLinks one a part, in the order in which they were recorded
 * @param {(error: unknown) => void} watching.onFault there is no link to play from
 * @returns {{fetch: (renew: boolean) => Promise<void>, isFetching: () => boolean, takeStale: () => boolean,
 *   drop: () => void}}
 *   renew asks for a new link although one lives; takeStale tells, once, that the link aged while the recording stood
 *   still
 */
export function linkKeeper({ recordingId, isPaused, isBroken, onLinks, onFault }) {
    let turn = 0;
    let fetching = false;
    let stale = false;
    let expiresAt = null;
    let cancel = () => {};

    function drop() {
        turn += 1;
        cancel();
        fetching = false;
    }

    function fail(error) {
        drop();
        onFault(error);
    }

    async function fetch(renew, quiet = false) {
        drop();
        const mine = turn;
        const isMine = () => mine === turn;
        fetching = true;
        try {
            const answer = await awaitLink(renew, isMine);
            if (isMine()) {
                take(answer);
            }
        } catch (error) {
            if (!isMine()) {
                return;
            }
            if (quiet && !isBroken()) {
                fetching = false;
                planRenewal(RENEW_AGAIN_AT);
            } else {
                fail(error);
            }
        }
    }

    /* Asks once, then only looks until the link has come: looking costs the bridge nothing. */
    async function awaitLink(renew, isMine) {
        const until = Date.now() + WAIT_MS;
        let answer = await requestLink({ recordingId, renew });
        const newerThan = answer.expiresAt ?? expiresAt;
        while (!answer.ready && isMine()) {
            if (Date.now() >= until) {
                throw new Error(noLink);
            }
            const pause = answer.pollAfterMs ?? POLL_MS;
            // eslint-disable-next-line no-await-in-loop -- one look after the other is the point
            await new Promise((resolve) => after(pause, resolve));
            // eslint-disable-next-line no-await-in-loop -- one look after the other is the point
            answer = isMine() ? await link({ recordingId, newerThan }) : answer;
        }
        return answer;
    }

    function take(answer) {
        const urls = answer.urls?.length > 0 ? answer.urls : [answer.url];
        if (!urls.every((url) => safeOrigin(url))) {
            fail(badLink);
            return;
        }
        fetching = false;
        stale = false;
        expiresAt = answer.expiresAt;
        onLinks(urls);
        planRenewal(RENEW_AT);
    }

    function planRenewal(share) {
        const life = new Date(expiresAt).getTime() - Date.now();
        cancel = after(Math.max(LEAST_PAUSE_MS, life * share), renewInTime);
    }

    function renewInTime() {
        if (isPaused()) {
            stale = true;
        } else {
            fetch(true, true);
        }
    }

    return {
        fetch: (renew) => fetch(renew),
        isFetching: () => fetching,
        takeStale() {
            const was = stale;
            stale = false;
            return was;
        },
        drop
    };
}
