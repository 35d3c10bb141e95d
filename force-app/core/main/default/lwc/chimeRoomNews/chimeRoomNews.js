/**
 * What the room on this page knows, for the other components on this page: who is there, what is
 * recorded, that a meeting has just been started here. It lives in memory and in this namespace
 * only, so names go to no other component and nothing is sent anywhere.
 */

/** @typedef {{kind: 'roster'|'room'|'recording'|'closed', [field: string]: unknown}} News */

const listeners = new Map();
const rooms = new Map();
const rosters = new Map();
const started = new Map();
/** A start that has not led to the room by then leads nobody into it unasked later. */
const STARTED_MS = 60000;

/**
 * @param {string} meetingId
 * @param {(news: News) => void} hear called for each piece of news, first with the present roster if there is one
 * @returns {() => void} stops listening
 */
export function listen(meetingId, hear) {
    const group = listeners.get(meetingId) ?? new Set();
    listeners.set(meetingId, group.add(hear));
    if (rosters.has(meetingId)) {
        hear(rosters.get(meetingId));
    }
    return () => group.delete(hear);
}

/**
 * @param {string} meetingId
 * @param {News} news
 */
export function tell(meetingId, news) {
    if (news.kind === 'roster') {
        rosters.set(meetingId, news);
    } else if (news.kind === 'closed') {
        rosters.delete(meetingId);
    }
    (listeners.get(meetingId) ?? []).forEach((hear) => hear(news));
}

/**
 * Makes a room component the one that holds this meeting's seat on this page. One that held it
 * before is asked to leave first, so that a seat is never taken twice.
 * @param {string} meetingId
 * @param {{leave: () => void, ask: (command: object) => Promise<boolean>}} room
 * @returns {() => void} gives the place up
 */
export function takePlace(meetingId, room) {
    rooms.get(meetingId)?.leave();
    rooms.set(meetingId, room);
    return () => {
        if (rooms.get(meetingId) === room) {
            rooms.delete(meetingId);
            tell(meetingId, { kind: 'closed' });
        }
    };
}

/**
 * Hands a host's command to the room on this page.
 * @param {string} meetingId
 * @param {object} command as the port takes it
 * @returns {Promise<boolean>} whether the room did it; false if no room is open here or it kept silent
 */
export function askRoom(meetingId, command) {
    return rooms.get(meetingId)?.ask(command) ?? Promise.resolve(false);
}

/**
 * @param {string} meetingId a meeting that this user has started on this page a moment ago
 */
export function markStarted(meetingId) {
    started.set(meetingId, Date.now());
}

/**
 * @param {string} meetingId
 * @returns {boolean} whether it was started here within the last minute; only the first who asks is told so
 */
export function takeStarted(meetingId) {
    const at = started.get(meetingId);
    started.delete(meetingId);
    return at !== undefined && Date.now() - at < STARTED_MS;
}
