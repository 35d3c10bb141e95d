import { MessageChannel } from 'node:worker_threads';
import { askRoom, listen } from 'c/chimeRoomNews';
import { isGone, openVisit } from 'c/chimeRoomVisit';
import { ALLOW } from 'c/chimeSelfCheck';

const ID = 'a015e00000AbCdEAAV';
const ORIGIN = 'https://room.example.com';
const SEAT = {
    origin: ORIGIN,
    key: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
    hostExpires: 4102444800,
    hostProof: 'W_mKck7Uw2rGhUkEzup4JECJ3PiQxTRZ8_DMK5u-sow',
    justIssued: true
};
const GUEST = {
    seat: 'a025e00000guEsTAAW',
    name: 'Zoë Li',
    role: 'guest',
    muted: false,
    speaking: false,
    self: false
};
const REMOVE = { type: 'remove', seat: GUEST.seat };
const isStopped = ({ type, state }) => type === 'recording' && state === 'Stopped';

/** A room that takes the ports offered to its window; a mute one says nothing on them. */
function roomAt(isMute = false) {
    const ports = [];
    const heard = [];
    const say = (message) => ports.at(-1).postMessage(JSON.stringify(message));

    function postMessage(text, origin, [port]) {
        port.on('message', (message) => heard.push(JSON.parse(message)));
        ports.push(Object.assign(port, { origin }));
        return isMute || say({ type: 'ready', v: 1 });
    }

    return { window: { postMessage }, say, heard, ports };
}

/** Lets everything arrive that was sent over ports. */
async function settle() {
    const { setImmediate } = jest.requireActual('timers');
    for (let turn = 0; turn < 10; turn += 1) {
        // eslint-disable-next-line no-await-in-loop -- each turn of the loop delivers what the last one sent
        await new Promise((resolve) => setImmediate(resolve));
    }
}

describe('chimeRoomVisit', () => {
    let room;
    let visit;
    let seen;

    const frame = () => ({ contentWindow: room.window, getAttribute: () => ALLOW });

    function open(seat = {}) {
        const mine = { left: 0, ready: 0, messages: [], codes: [] };
        seen = mine;
        visit = openVisit({
            meetingId: ID,
            seat: { ...SEAT, ...seat },
            frame,
            onLeave: () => (mine.left += 1),
            onReady: () => (mine.ready += 1),
            onMessage: (message) => mine.messages.push(message),
            onFault: (codes) => mine.codes.push(...codes)
        });
        return visit;
    }

    async function goIn(seat) {
        open(seat).frameLoaded();
        await settle();
    }

    async function say(message) {
        room.say(message);
        await settle();
    }

    async function pass(ms) {
        jest.advanceTimersByTime(ms);
        await settle();
    }

    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'], now: Date.UTC(2026, 10, 23) });
        global.MessageChannel = MessageChannel;
        room = roomAt();
    });

    afterEach(() => {
        visit.close();
        room.ports.forEach((port) => port.close());
        jest.useRealTimers();
        delete global.MessageChannel;
    });

    describe('the handshake', () => {
        it('offers no port before the frame has loaded, and none to any other origin', async () => {
            open();
            await settle();
            expect(visit.src).toBe(`${ORIGIN}/?embed=1`);
            expect(room.ports).toEqual([]);
            visit.frameLoaded();
            await settle();
            expect(room.ports.map((port) => port.origin)).toEqual([ORIGIN]);
            expect(visit.isReady()).toBe(true);
        });

        it('hands the seat over, and again when the frame has loaded again', async () => {
            await goIn();
            const { origin, ...power } = SEAT;
            const opened = { type: 'open', v: 1, ...power, locale: 'en-US' };
            expect(room.heard).toEqual([opened]);
            visit.frameLoaded();
            await settle();
            expect(room.heard).toEqual([opened, opened]);
            expect(seen.ready).toBe(2);
            expect(origin).toBe(ORIGIN);
        });

        it('hands a guest’s seat over without host power', async () => {
            await goIn({ hostExpires: undefined, hostProof: undefined, justIssued: undefined });
            expect(room.heard[0]).toMatchObject({ hostExpires: null, hostProof: null, justIssued: false });
        });
    });

    describe('the self-check', () => {
        it('says that the frame does not load, after 20 seconds', async () => {
            open();
            await pass(19999);
            expect(seen.codes).toEqual([]);
            await pass(1);
            expect(seen.codes).toEqual(['notLoaded']);
        });

        it('says that the page keeps silent once the frame has loaded', async () => {
            room = roomAt(true);
            await goIn();
            await pass(20000);
            expect(seen.codes).toEqual(['noAnswer']);
            expect(seen.ready).toBe(0);
        });

        it('says at once, and in place of the silence, that the browser refuses the frame', async () => {
            open();
            const event = new Event('securitypolicyviolation');
            Object.assign(event, { effectiveDirective: 'frame-src', blockedURI: visit.src });
            document.dispatchEvent(event);
            expect(seen.codes).toEqual(['trustedUrl']);
            await pass(20000);
            expect(seen.codes).toEqual(['trustedUrl', 'trustedUrl']);
            visit.close();
            document.dispatchEvent(event);
            expect(seen.codes).toHaveLength(2);
        });

        it('explains what the room has no device for', async () => {
            await goIn();
            await say({ type: 'problem', device: 'camera', cause: 'busy' });
            expect(seen.codes).toEqual(['busy']);
            expect(seen.messages).toEqual([{ type: 'problem', device: 'camera', cause: 'busy' }]);
        });
    });

    describe('what the room says', () => {
        it('goes to the page first, and then to the component; its size and its troubles only to the component', async () => {
            const told = [];
            const stop = listen(ID, (news) => told.push([news.kind, seen.messages.length]));
            await goIn();
            room.say({ type: 'state', state: 'in' });
            room.say({ type: 'roster', people: [GUEST] });
            room.say({ type: 'recording', state: 'Starting', consent: 'Given' });
            room.say({ type: 'resize', height: 700 });
            await say({ type: 'problem', device: 'camera', cause: 'busy' });
            visit.close();
            stop();
            expect(seen.messages.map(({ type }) => type)).toEqual([
                'state',
                'roster',
                'recording',
                'resize',
                'problem'
            ]);
            expect(told).toEqual([
                ['room', 0],
                ['roster', 1],
                ['recording', 2],
                ['closed', 5]
            ]);
        });

        it.each([
            ['left', true],
            ['ended', true],
            ['removed', true],
            ['refused', true],
            ['in', false],
            ['reconnecting', false],
            [null, false]
        ])('gives the seat up with the state %s: %s', (state, gone) => {
            expect(isGone(state)).toBe(gone);
        });
    });

    describe('what it is asked', () => {
        it('answers a host’s command when the room shows that it heard', async () => {
            await goIn();
            const asked = visit.askAsHost({ type: 'stop' }, isStopped);
            await settle();
            expect(room.heard.at(-1)).toEqual({ type: 'stop' });
            await say({ type: 'recording', state: 'Stopped', consent: 'Given' });
            await expect(asked).resolves.toBe(true);
        });

        it('gives up on a command after 8 seconds', async () => {
            await goIn();
            const done = jest.fn();
            visit.askAsHost({ type: 'stop' }, isStopped).then(done);
            await pass(7999);
            expect(done).not.toHaveBeenCalled();
            await pass(1);
            expect(done).toHaveBeenCalledWith(false);
        });

        it.each([
            ['a proof that is over', { hostExpires: 1000000000 }],
            ['no proof', { hostExpires: null, hostProof: null }]
        ])('does not ask with %s', async (_, seat) => {
            await goIn(seat);
            await expect(visit.askAsHost({ type: 'stop' }, isStopped)).resolves.toBe(false);
            expect(room.heard.map(({ type }) => type)).toEqual(['open']);
        });

        it('does not ask before the room has answered', async () => {
            open();
            await expect(visit.askAsHost({ type: 'stop' }, isStopped)).resolves.toBe(false);
        });

        it('gives consent, and believes it when the room shows it', async () => {
            await goIn();
            const asked = visit.sayConsent(true);
            await settle();
            expect(room.heard.at(-1)).toEqual({ type: 'consent', given: true });
            await say({ type: 'recording', state: 'Starting', consent: 'Given' });
            await expect(asked).resolves.toBe(true);
        });

        it.each([
            ['waits for the room to say so', 1000, { type: 'state', state: 'left' }, true],
            ['waits for no more than 3 seconds', 3000, { type: 'resize', height: 1 }, false]
        ])('leaves and %s', async (_, ms, answer, said) => {
            await goIn();
            const asked = visit.leave();
            await settle();
            expect(room.heard.at(-1)).toEqual({ type: 'leave' });
            await say(answer);
            await pass(ms);
            await expect(asked).resolves.toBe(said);
        });
    });

    describe('for the list of participants', () => {
        it('removes a person, if the room shows that it did', async () => {
            await goIn();
            await say({ type: 'roster', people: [GUEST] });
            const asked = askRoom(ID, REMOVE);
            await settle();
            expect(room.heard.at(-1)).toEqual(REMOVE);
            await say({ type: 'roster', people: [] });
            await expect(asked).resolves.toBe(true);
        });

        it('does not take a roster that still shows the person for a yes', async () => {
            await goIn();
            await say({ type: 'roster', people: [GUEST] });
            const asked = askRoom(ID, REMOVE);
            await say({ type: 'roster', people: [GUEST] });
            await pass(8000);
            await expect(asked).resolves.toBe(false);
        });

        it('does not believe that somebody was removed whom the room did not show', async () => {
            await goIn();
            const asked = askRoom(ID, REMOVE);
            await say({ type: 'roster', people: [] });
            await expect(asked).resolves.toBe(false);
            expect(room.heard.some(({ type }) => type === 'remove')).toBe(false);
        });

        it('forgets whom the room showed before the frame loaded again', async () => {
            await goIn();
            await say({ type: 'roster', people: [GUEST] });
            visit.frameLoaded();
            await settle();
            await expect(askRoom(ID, REMOVE)).resolves.toBe(false);
        });

        it('does not remove without host power', async () => {
            await goIn({ hostExpires: null, hostProof: null });
            await say({ type: 'roster', people: [GUEST] });
            await expect(askRoom(ID, REMOVE)).resolves.toBe(false);
        });
    });

    it('asks the visit that held the seat on this page to leave', () => {
        const first = open();
        const before = seen;
        open();
        expect(before.left).toBe(1);
        expect(seen.left).toBe(0);
        first.close();
    });

    it('says goodbye and is silent from then on', async () => {
        await goIn();
        visit.close();
        await settle();
        expect(room.heard.at(-1)).toEqual({ type: 'leave' });
        room.say({ type: 'state', state: 'in' });
        await pass(60000);
        expect(seen.messages).toEqual([]);
        expect(seen.codes).toEqual([]);
        await expect(askRoom(ID, REMOVE)).resolves.toBe(false);
    });
});
