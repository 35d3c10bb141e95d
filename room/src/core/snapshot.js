// @ts-check
/**
 * The people, tiles and marks of the snapshot, made of the parts of a meeting at one moment; and what stands there
 * while one is in no meeting.
 */

/**
 * @typedef {import('./state.js').RoomState} RoomState
 * @typedef {Pick<RoomState, 'people'|'tiles'|'recorder'|'network'|'self'>} View
 * @typedef {{name: string, role: import('./state.js').Role|null, own: boolean}} Named
 */

/**
 * @param {RoomState['self']} self
 * @param {Pick<RoomState['self'], 'muted'|'camera'|'canSend'>} sends
 * @returns {View}
 */
export function outsideView(self, sends) {
    return {
        people: [],
        tiles: [],
        recorder: { present: false, count: 0 },
        network: null,
        self: { ...self, attendeeId: null, sharing: false, hand: false, ...sends }
    };
}

/**
 * @param {import('./meeting.js').Meeting} meeting
 * @param {object} known
 * @param {RoomState['self']} known.self
 * @param {Named} known.own as one calls oneself
 * @param {string} known.seatName the name of the ticket
 * @param {Pick<RoomState['self'], 'camera'|'canSend'>} known.sends
 * @returns {View}
 */
export function insideView(meeting, { self, own, seatName, sends }) {
    const { messages, speaks } = meeting;
    const roster = meeting.roster();
    const tiles = meeting.tiles();
    const me = meeting.place.attendee.AttendeeId;
    const nameOf = (/** @type {string} */ id) => (id === me ? own : messages.named(id));
    const people = roster.people().map(({ attendeeId, seat, muted, volume, signal }) => {
        const named = nameOf(attendeeId);
        return {
            attendeeId,
            seat: attendeeId === me ? self.seat || seat : seat,
            name: named?.name ?? '',
            ownWord: named?.own ?? false,
            role: named?.role ?? null,
            self: attendeeId === me,
            muted,
            speaking: speaks(attendeeId) && !muted,
            volume: Math.round(volume * 20) / 20,
            signal,
            hand: messages.hand(attendeeId),
            tile: tiles.cameraOf(attendeeId),
            content: roster.sharing(attendeeId)
        };
    });
    const count = roster.recorders();
    return {
        people,
        tiles: tiles.list().map((tile) => ({ ...tile, name: nameOf(tile.attendeeId)?.name ?? '' })),
        recorder: { present: count > 0, count },
        network: meeting.network(),
        self: {
            ...self,
            name: self.name || seatName,
            attendeeId: me,
            muted: meeting.sending.muted(),
            sharing: meeting.screen.on(),
            hand: messages.hand(me),
            ...sends
        }
    };
}
