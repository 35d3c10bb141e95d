/**
 * One visit of the room in a frame: the handshake, the seat handed over, what is said and asked over the port, and why
 * the room keeps silent. What the room tells goes on to the other components of the page.
 *
 * Promises: the seat is held by one frame of this page at a time; the same seat is handed over again when the frame has
 * loaded again; after `close` nothing is called back and nothing of the seat is kept.
 */
import userLocale from '@salesforce/i18n/locale';
import { takePlace, tell } from 'c/chimeRoomNews';
import { openRoomPort } from 'c/chimeRoomPort';
import { isConsentHeard } from 'c/chimeRoomWords';
import { checkFrame, checkProblem, checkSilence, watchBlocked } from 'c/chimeSelfCheck';
import { after } from 'c/chimeTimer';

/** How long the room may take to show that a command was heard. */
const ANSWER_MS = 8000;
const LEAVE_MS = 3000;
/** How long the frame may take to load: as long as the handshake would. */
const LOAD_MS = 20000;
const GONE = ['left', 'ended', 'removed', 'refused'];
const TOLD = { state: 'room', roster: 'roster', recording: 'recording' };

/**
 * @param {string|null} state of the room
 * @returns {boolean} whether the seat is given up there
 */
export function isGone(state) {
    return GONE.includes(state);
}

/**
 * @param {object} visit
 * @param {string} visit.meetingId
 * @param {import('c/chimeRoomSeat').Seat} visit.seat
 * @param {() => HTMLIFrameElement|null} visit.frame asked at each use
 * @param {() => void} visit.onLeave another frame of this page takes the seat
 * @param {() => void} visit.onReady the room has the seat; also after each reload of the frame
 * @param {(message: {type: string}) => void} visit.onMessage what the room says, after it was told to the page
 * @param {(codes: string[]) => void} visit.onFault what the self-check found
 * @returns {{src: string, frameLoaded: () => void, isReady: () => boolean, close: () => void,
 *   askAsHost: (message: object, isAnswer: (answer: object) => boolean) => Promise<boolean>,
 *   sayConsent: (given: boolean) => Promise<boolean>, leave: () => Promise<boolean>}}
 *   what is asked or said answers whether the room showed that it heard
 */
export function openVisit({ meetingId, seat, frame, onLeave, onReady, onMessage, onFault }) {
    const { origin } = seat;
    /* The seats that the room showed last. */
    let shown = [];
    let port = null;
    let loaded = false;
    let blocked = false;

    function missing() {
        onFault(checkSilence({ blocked, loaded }));
    }

    function greet() {
        const { key, hostExpires, hostProof, justIssued } = seat;
        port.send({
            type: 'open',
            v: 1,
            key,
            hostExpires: hostExpires ?? null,
            hostProof: hostProof ?? null,
            locale: userLocale,
            justIssued: justIssued === true
        });
        shown = [];
        onReady();
    }

    function hear(message) {
        const { type, ...news } = message;
        if (type === 'roster') {
            shown = news.people.map((person) => person.seat);
        }
        if (type === 'problem') {
            onFault(checkProblem(news, frame()));
        }
        if (TOLD[type]) {
            tell(meetingId, { kind: TOLD[type], ...news });
        }
        onMessage(message);
    }

    async function askAsHost(message, isAnswer) {
        const { hostExpires, hostProof } = seat;
        const power = Boolean(hostProof) && hostExpires * 1000 > Date.now();
        return power ? port.ask(message, isAnswer, ANSWER_MS) : false;
    }

    /**
     * For the list of participants on the same page. That a person is gone can be believed only of one
     * who was there: the room shows no others, so for them it is not asked.
     */
    async function askForList(command) {
        const isThere = (people) => people.some((person) => person.seat === command.seat);
        return shown.includes(command.seat)
            ? askAsHost(command, ({ type, people }) => type === 'roster' && !isThere(people))
            : false;
    }

    const release = takePlace(meetingId, { leave: onLeave, ask: askForList });
    const unwatch = watchBlocked('frame', origin, () => {
        blocked = true;
        onFault(['trustedUrl']);
    });
    port = openRoomPort({
        frameWindow: () => frame()?.contentWindow,
        origin,
        onReady: greet,
        onMessage: hear,
        onSilent: missing
    });
    const cancelLoad = after(LOAD_MS, missing);

    return {
        src: `${origin}/?embed=1`,
        isReady: port.isReady,
        askAsHost,
        frameLoaded() {
            cancelLoad();
            loaded = true;
            onFault(checkFrame(frame()));
            port.connect();
        },
        sayConsent: (given) =>
            port.ask({ type: 'consent', given }, (message) => isConsentHeard(message, given), ANSWER_MS),
        leave: () => port.ask({ type: 'leave' }, ({ type, state }) => type === 'state' && isGone(state), LEAVE_MS),
        close() {
            cancelLoad();
            unwatch();
            port.send({ type: 'leave' });
            port.close();
            release();
        }
    };
}
