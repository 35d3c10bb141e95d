import { MessageChannel } from 'node:worker_threads';
import { createElement } from '@lwc/engine-dom';
import LightningConfirm from 'lightning/confirm';
import { listen, markStarted } from 'c/chimeRoomNews';
import { ALLOW } from 'c/chimeSelfCheck';
import ChimeRoom from 'c/chimeRoom';
import stateOf from '@salesforce/apex/ChimeRoomController.state';
import enter from '@salesforce/apex/ChimeRoomController.enter';
import endMeeting from '@salesforce/apex/ChimeRoomController.endMeeting';
import startRecording from '@salesforce/apex/ChimeRoomController.startRecording';
import stopRecording from '@salesforce/apex/ChimeRoomController.stopRecording';

jest.mock('@salesforce/apex/ChimeRoomController.state', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeRoomController.enter', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeRoomController.endMeeting', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeRoomController.startRecording', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeRoomController.stopRecording', () => ({ default: jest.fn() }), { virtual: true });

const MEETING = require('./data/meeting.json');
const ENTRY = require('./data/entry.json');
const ID = MEETING.meetingId;
const ORIGIN = 'https://room.example.com';
const OTHER = 'a015e00000AbCdFAAV';

/** The page of the room, at the other end of real ports. */
class Room {
    ports = [];
    heard = [];
    origins = [];
    answers = true;

    constructor() {
        this.window = {
            postMessage: (text, origin, [port]) => {
                this.origins.push(origin);
                this.ports.push(port);
                port.on('message', (message) => this.heard.push(JSON.parse(message)));
                if (this.answers) {
                    this.say({ type: 'ready', v: 1 });
                }
            }
        };
    }

    say(message) {
        this.ports.at(-1).postMessage(JSON.stringify(message));
    }

    close() {
        this.ports.forEach((port) => port.close());
    }
}

/** Lets everything arrive that was sent over ports. */
async function settle() {
    const { setImmediate } = jest.requireActual('timers');
    for (let turn = 0; turn < 10; turn += 1) {
        // eslint-disable-next-line no-await-in-loop -- each turn of the loop delivers what the last one sent
        await new Promise((resolve) => setImmediate(resolve));
    }
}

describe('c-chime-room', () => {
    let element;
    let room;
    let focused;

    const find = (selector) => element.shadowRoot.querySelector(selector);
    const click = (id) => find(`[data-id="${id}"]`).click();
    const status = () => find('[data-id="status"]').textContent;
    const codes = () => [...element.shadowRoot.querySelectorAll('[data-code]')].map((item) => item.dataset.code);

    async function pass(ms) {
        jest.advanceTimersByTime(ms);
        await settle();
    }

    async function create(fields = {}) {
        element = createElement('c-chime-room', { is: ChimeRoom });
        Object.assign(element, { recordId: ID, ...fields });
        document.body.appendChild(element);
        await settle();
    }

    async function load() {
        find('iframe').dispatchEvent(new CustomEvent('load'));
        await settle();
    }

    async function goIn() {
        await create();
        await goInHere();
    }

    async function goInHere() {
        click('enter');
        await settle();
        await load();
        room.say({ type: 'state', state: 'in' });
        await settle();
    }

    async function accessible() {
        jest.useRealTimers();
        /* The checker would talk to the frame; without a window it says so and goes on. */
        jest.spyOn(HTMLIFrameElement.prototype, 'contentWindow', 'get').mockReturnValue(null);
        jest.spyOn(console, 'log').mockImplementation(() => {});
        await expect(element).toBeAccessible();
    }

    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'], now: Date.UTC(2026, 10, 23) });
        global.MessageChannel = MessageChannel;
        window.isSecureContext = true;
        room = new Room();
        jest.spyOn(HTMLIFrameElement.prototype, 'contentWindow', 'get').mockImplementation(() => room.window);
        jest.spyOn(window, 'open').mockReturnValue(null);
        focused = [];
        jest.spyOn(HTMLElement.prototype, 'focus').mockImplementation(function () {
            focused.push(this);
        });
        stateOf.mockResolvedValue(MEETING);
        enter.mockResolvedValue(ENTRY);
    });

    afterEach(() => {
        document.body.replaceChildren();
        room.close();
        jest.useRealTimers();
        jest.restoreAllMocks();
        [stateOf, enter, endMeeting, startRecording, stopRecording, LightningConfirm.open].forEach((mock) =>
            mock.mockReset()
        );
        delete global.MessageChannel;
    });

    describe('before entering', () => {
        it('shows the meeting and waits for the user: no frame, no key', async () => {
            await create();
            expect(stateOf).toHaveBeenCalledWith({ meetingId: ID });
            expect(find('lightning-card').title).toBe('Renewal');
            expect(status()).toContain('c.Chime_Meeting_Open');
            expect(enter).not.toHaveBeenCalled();
            expect(find('iframe')).toBeNull();
            await accessible();
        });

        it('shows a spinner until the meeting has come', async () => {
            stateOf.mockReturnValue(new Promise(() => {}));
            await create();
            expect(find('lightning-spinner')).not.toBeNull();
            expect(find('[data-id="enter"]')).toBeNull();
            await accessible();
        });

        it('offers nothing to somebody without a seat but says how to get one', async () => {
            stateOf.mockResolvedValue({ ...MEETING, hasSeat: false, mayControl: false, mayRecord: false });
            await create({ openAtOnce: true });
            expect(status()).toContain('c.Chime_Room_No_Seat');
            expect(find('[data-id="enter"]')).toBeNull();
            expect(find('[data-id="end"]')).toBeNull();
            expect(enter).not.toHaveBeenCalled();
            await accessible();
        });

        it('asks for the state every 5 seconds, and no more when the meeting is final', async () => {
            await create();
            await pass(5000);
            expect(stateOf).toHaveBeenCalledTimes(2);
            const ended = { ...MEETING, status: 'Failed', statusReason: 'Nobody came', isFinal: true };
            stateOf.mockResolvedValue({ ...ended, endedAt: '2026-11-23T10:00:00Z' });
            await pass(5000);
            expect(status()).toContain('c.Chime_Meeting_Failed · Nobody came · c.Chime_Room_Ended_At');
            expect(find('[data-id="enter"]')).toBeNull();
            expect(find('[data-id="record"]')).toBeNull();
            await pass(60000);
            expect(stateOf).toHaveBeenCalledTimes(3);
            await accessible();
        });

        it('tells that the meeting could not be read, and reads it again on retry or after 15 seconds', async () => {
            const error = { body: { message: 'You may not see it.' } };
            stateOf.mockRejectedValue(error);
            await create();
            const panel = find('c-chime-error-panel');
            expect(panel.errors).toContainEqual(error);
            panel.dispatchEvent(new CustomEvent('retry'));
            await settle();
            expect(stateOf).toHaveBeenCalledTimes(2);
            stateOf.mockResolvedValue(MEETING);
            await pass(15000);
            expect(find('[data-id="enter"]')).not.toBeNull();
            await accessible();
        });

        it('opens at once if it is told to, once', async () => {
            await create({ openAtOnce: true });
            expect(find('iframe')).not.toBeNull();
            await load();
            room.say({ type: 'state', state: 'left' });
            await settle();
            await pass(30000);
            expect(find('iframe')).toBeNull();
            expect(enter).toHaveBeenCalledTimes(1);
        });

        it('opens at once for the user who has just started the meeting on this page', async () => {
            markStarted(ID);
            await create();
            expect(find('iframe')).not.toBeNull();
        });

        it('starts over for another record, and drops an answer for the earlier one', async () => {
            let late;
            stateOf.mockReturnValueOnce(new Promise((resolve) => (late = resolve)));
            await create();
            stateOf.mockResolvedValue({ ...MEETING, subject: 'Other' });
            element.recordId = 'a015e00000AbCdFAAV';
            late(MEETING);
            await settle();
            await pass(0);
            expect(find('lightning-card').title).toBe('Other');
            expect(stateOf).toHaveBeenLastCalledWith({ meetingId: 'a015e00000AbCdFAAV' });
        });
    });

    describe('entering', () => {
        it('frames the room without a key in its address and with exactly the permissions it needs', async () => {
            await create();
            click('enter');
            await settle();
            const frame = find('iframe');
            expect(frame.getAttribute('src')).toBe(`${ORIGIN}/?embed=1`);
            expect(frame.getAttribute('allow')).toBe(ALLOW);
            expect(frame.hasAttribute('sandbox')).toBe(false);
            expect(frame.title).toBe('c.Chime_Room_Frame_Title');
            expect(document.body.innerHTML).not.toContain(ENTRY.key);
            expect(status()).toContain('c.Chime_Room_Opening');
            expect(find('[data-id="enter"]')).toBeNull();
        });

        it('hands the seat over the port after the handshake, with the user’s locale', async () => {
            await goIn();
            expect(room.origins).toEqual([ORIGIN]);
            expect(room.heard[0]).toEqual({
                type: 'open',
                v: 1,
                key: ENTRY.key,
                hostExpires: ENTRY.hostExpires,
                hostProof: ENTRY.hostProof,
                locale: 'en-US',
                justIssued: true
            });
            expect(status()).toContain('c.Chime_Room_State_In');
            expect(status()).not.toContain('c.Chime_Room_Opening');
            expect(focused.at(-1)).toBe(find('iframe'));
            await accessible();
        });

        it('uses the same seat again when the frame has loaded again', async () => {
            await goIn();
            await load();
            expect(room.heard.map(({ type, key }) => [type, key])).toEqual([
                ['open', ENTRY.key],
                ['open', ENTRY.key]
            ]);
            expect(enter).toHaveBeenCalledTimes(1);
        });

        it('tells why the seat was refused and lets the user try again', async () => {
            const error = { body: { message: 'Your key is not there.' } };
            enter.mockRejectedValueOnce(error);
            await create();
            click('enter');
            await settle();
            expect(find('c-chime-error-panel').errors).toContainEqual(error);
            expect(find('iframe')).toBeNull();
            click('enter');
            await settle();
            expect(find('iframe')).not.toBeNull();
        });

        it('opens one frame although the button is clicked twice', async () => {
            await create();
            const button = find('[data-id="enter"]');
            button.click();
            button.click();
            await settle();
            expect(enter).toHaveBeenCalledTimes(1);
            expect(element.shadowRoot.querySelectorAll('iframe')).toHaveLength(1);
        });

        it('opens nothing if the page was left meanwhile', async () => {
            let late;
            enter.mockReturnValue(new Promise((resolve) => (late = resolve)));
            await create();
            click('enter');
            element.remove();
            late(ENTRY);
            await settle();
            document.body.appendChild(element);
            await settle();
            expect(find('iframe')).toBeNull();
            expect(find('[data-id="enter"]')).not.toBeNull();
        });

        it.each([0, 1, 2, 3, 4, 5, 6])(
            'opens nothing on another record that comes %s turns after the answer',
            async (turns) => {
                let late;
                enter.mockReturnValue(new Promise((resolve) => (late = resolve)));
                await create();
                click('enter');
                await settle();
                late(ENTRY);
                for (let turn = 0; turn < turns; turn += 1) {
                    // eslint-disable-next-line no-await-in-loop -- one turn after the other
                    await null;
                }
                element.recordId = OTHER;
                await settle();
                expect(find('iframe')).toBeNull();
            }
        );

        it('asks the room that is open elsewhere on the page to leave: a seat is held once', async () => {
            await goIn();
            const first = element;
            await create();
            click('enter');
            await settle();
            expect(first.shadowRoot.querySelector('iframe')).toBeNull();
            expect(first.shadowRoot.querySelector('[role="status"]').textContent).not.toContain('c.Chime_Room_State');
            expect(find('iframe')).not.toBeNull();
            first.remove();
        });
    });

    describe('the self-check', () => {
        it('opens nothing at an address that is not https', async () => {
            enter.mockResolvedValue({ ...ENTRY, roomUrl: 'http://room.example.com' });
            await create();
            click('enter');
            await settle();
            expect(codes()).toEqual(['address']);
            expect(find('iframe')).toBeNull();
            await accessible();
        });

        it('opens nothing on a page that is not secure', async () => {
            window.isSecureContext = false;
            await create();
            click('enter');
            await settle();
            expect(codes()).toEqual(['page']);
        });

        it('says after 20 seconds that the page does not answer, and tries again on demand', async () => {
            room.answers = false;
            await create();
            click('enter');
            await settle();
            await load();
            await pass(19999);
            expect(codes()).toEqual([]);
            await pass(1);
            expect(codes()).toEqual(['noAnswer']);
            expect(room.origins).toHaveLength(40);
            room.answers = true;
            click('again');
            await settle();
            await load();
            expect(codes()).toEqual([]);
            expect(status()).not.toContain('c.Chime_Room_Opening');
        });

        it('says that the address cannot be reached if the frame never loads', async () => {
            await create();
            click('enter');
            await settle();
            await pass(20000);
            expect(codes()).toEqual(['notLoaded']);
            expect(room.origins).toEqual([]);
        });

        it('says that the trusted URL is missing as soon as the browser refuses the frame', async () => {
            room.answers = false;
            await create();
            click('enter');
            await settle();
            const event = new Event('securitypolicyviolation');
            document.dispatchEvent(
                Object.assign(event, { effectiveDirective: 'frame-src', blockedURI: `${ORIGIN}/?embed=1` })
            );
            await load();
            expect(codes()).toEqual(['trustedUrl']);
            await pass(20000);
            expect(codes()).toEqual(['trustedUrl']);
            await accessible();
        });

        it('names the policy that keeps the camera from the room, while the room goes on', async () => {
            Object.defineProperty(HTMLIFrameElement.prototype, 'featurePolicy', {
                configurable: true,
                get: () => ({ allowsFeature: (name) => name !== 'camera' })
            });
            await goIn();
            delete HTMLIFrameElement.prototype.featurePolicy;
            expect(codes()).toEqual(['policyCamera']);
            expect(find('iframe')).not.toBeNull();
            click('dismiss');
            await settle();
            expect(codes()).toEqual([]);
        });

        it('puts the keyboard on the status line when the advice goes', async () => {
            await goIn();
            room.say({ type: 'problem', device: 'camera', cause: 'permission' });
            await settle();
            HTMLElement.prototype.focus.mockRestore();
            click('dismiss');
            await settle();
            expect(element.shadowRoot.activeElement).toBe(find('[data-id="status"]'));
        });

        it('explains each problem that the room tells, each once', async () => {
            await goIn();
            room.say({ type: 'problem', device: 'camera', cause: 'permission' });
            room.say({ type: 'problem', device: 'microphone', cause: 'permission' });
            room.say({ type: 'problem', device: 'both', cause: 'missing' });
            await settle();
            expect(codes()).toEqual(['browser', 'missing']);
        });
    });

    describe('inside', () => {
        it.each([
            [640.4, '640px'],
            [10, '320px'],
            [99999, '1600px']
        ])('gives the frame the height of %s as %s', async (height, style) => {
            await goIn();
            room.say({ type: 'resize', height });
            await settle();
            expect(find('iframe').style.height).toBe(style);
        });

        it('tells the page who is there and what is recorded', async () => {
            const heard = [];
            const stop = listen(ID, (news) => heard.push(news));
            await goIn();
            const people = [{ seat: 's1', name: 'Ada', role: 'host', muted: true, speaking: false, self: true }];
            room.say({ type: 'roster', people });
            room.say({ type: 'recording', state: 'Starting', consent: 'Given' });
            room.say({ type: 'state', state: 'left' });
            await settle();
            stop();
            expect(heard).toEqual([
                { kind: 'room', state: 'in', reason: null },
                { kind: 'roster', people },
                { kind: 'recording', state: 'Starting', consent: 'Given' },
                { kind: 'room', state: 'left', reason: null },
                { kind: 'closed' }
            ]);
        });

        it('says what is recorded before the record knows it', async () => {
            await goIn();
            room.say({ type: 'recording', state: 'Recording', consent: 'Given' });
            await settle();
            expect(status()).toContain('c.Chime_Room_Recording_Is');
            expect(find('[data-id="stop"]')).not.toBeNull();
            expect(find('[data-id="record"]')).toBeNull();
        });

        it('asks the record less often while the room tells', async () => {
            await goIn();
            const before = stateOf.mock.calls.length;
            await pass(14999);
            expect(stateOf).toHaveBeenCalledTimes(before);
            await pass(1);
            expect(stateOf).toHaveBeenCalledTimes(before + 1);
        });

        it.each(['left', 'ended', 'removed', 'refused'])(
            'closes the frame when the room says %s, with the reason',
            async (state) => {
                await goIn();
                room.say({ type: 'state', state, reason: 'So it is' });
                await settle();
                expect(find('iframe')).toBeNull();
                expect(status()).toContain(': So it is');
                expect(find('[data-id="enter"]').label).toBe('c.Chime_Room_Enter_Again');
                const next = state === 'ended' ? 'status' : 'enter';
                expect(focused.at(-1).dataset.id).toBe(next);
            }
        );

        it('enters again with the same seat', async () => {
            await goIn();
            room.say({ type: 'state', state: 'left' });
            await settle();
            click('enter');
            await settle();
            await load();
            expect(enter).toHaveBeenCalledTimes(2);
            expect(room.heard.filter(({ type }) => type === 'open').map(({ key }) => key)).toEqual([
                ENTRY.key,
                ENTRY.key
            ]);
        });

        it('leaves when the user wants to, and waits for the room to say so', async () => {
            await goIn();
            click('leave');
            await settle();
            expect(room.heard.at(-1)).toEqual({ type: 'leave' });
            expect(find('iframe')).not.toBeNull();
            room.say({ type: 'state', state: 'left' });
            await settle();
            expect(find('iframe')).toBeNull();
            expect(status()).toContain('c.Chime_Room_State_Left');
        });

        it('does not count as left on the next record', async () => {
            await goIn();
            click('leave');
            await settle();
            element.recordId = OTHER;
            await settle();
            await pass(3000);
            expect(status()).not.toContain('c.Chime_Room_State_Left');
            expect(find('[data-id="enter"]').label).toBe('c.Chime_Room_Enter');
        });

        it('leaves a silent room after 3 seconds', async () => {
            await goIn();
            click('leave');
            await pass(3000);
            expect(find('iframe')).toBeNull();
            expect(status()).toContain('c.Chime_Room_State_Left');
        });

        it('leaves when the component goes from the page', async () => {
            await goIn();
            element.remove();
            await settle();
            expect(room.heard.at(-1)).toEqual({ type: 'leave' });
            await pass(60000);
            expect(room.origins).toHaveLength(1);
        });

        it('closes the frame when the record says that the meeting is final', async () => {
            await goIn();
            stateOf.mockResolvedValue({ ...MEETING, status: 'Ended', isFinal: true });
            await pass(15000);
            expect(find('iframe')).toBeNull();
        });
    });

    describe('commands of the host', () => {
        it('records over the port and spares Apex when the room shows that it heard', async () => {
            await goIn();
            click('record');
            await settle();
            expect(room.heard.at(-1)).toEqual({ type: 'record' });
            expect(find('[data-id="record"]').disabled).toBe(true);
            room.say({ type: 'recording', state: 'Preparing', consent: 'Not asked' });
            await settle();
            await pass(20000);
            expect(startRecording).not.toHaveBeenCalled();
            expect(find('[data-id="stop"]').disabled).toBe(false);
        });

        it('asks Apex when the room keeps silent for 8 seconds', async () => {
            await goIn();
            click('record');
            await settle();
            await pass(7999);
            expect(startRecording).not.toHaveBeenCalled();
            await pass(1);
            expect(startRecording).toHaveBeenCalledWith({ meetingId: ID });
        });

        it('asks Apex at once when no room is open here', async () => {
            stateOf.mockResolvedValue({ ...MEETING, status: 'Live', recordingState: 'Recording' });
            await create();
            click('stop');
            await settle();
            expect(stopRecording).toHaveBeenCalledWith({ meetingId: ID });
            expect(enter).not.toHaveBeenCalled();
        });

        it('asks Apex at once when the host’s proof is over', async () => {
            enter.mockResolvedValue({ ...ENTRY, hostExpires: 1000000000 });
            await goIn();
            click('record');
            await settle();
            expect(startRecording).toHaveBeenCalledTimes(1);
            expect(room.heard.some(({ type }) => type === 'record')).toBe(false);
        });

        it('stops over the port', async () => {
            await goIn();
            room.say({ type: 'recording', state: 'Recording', consent: 'Given' });
            await settle();
            click('stop');
            await settle();
            expect(room.heard.at(-1)).toEqual({ type: 'stop' });
            room.say({ type: 'recording', state: 'Stopped', consent: 'Given' });
            await settle();
            expect(stopRecording).not.toHaveBeenCalled();
            expect(find('[data-id="record"]')).not.toBeNull();
        });

        it('ends for everybody only after the host has confirmed it', async () => {
            await goIn();
            LightningConfirm.open.mockResolvedValue(false);
            click('end');
            await settle();
            expect(room.heard.some(({ type }) => type === 'end')).toBe(false);
            LightningConfirm.open.mockResolvedValue(true);
            click('end');
            await settle();
            expect(LightningConfirm.open.mock.calls[1][0].message).toBe('c.Chime_Room_End_Confirm');
            expect(room.heard.at(-1)).toEqual({ type: 'end' });
            room.say({ type: 'state', state: 'ended' });
            await settle();
            expect(endMeeting).not.toHaveBeenCalled();
        });

        it('tells why a command was refused', async () => {
            const error = { body: { message: 'Only the host can do this.' } };
            startRecording.mockRejectedValue(error);
            await create();
            click('record');
            await settle();
            expect(find('c-chime-error-panel').errors).toContainEqual(error);
            expect(find('[data-id="record"]').disabled).toBe(false);
            await accessible();
        });

        it('shows no command to a participant, nor before a scheduled meeting', async () => {
            stateOf.mockResolvedValue({ ...MEETING, mayControl: false, mayRecord: false });
            await create();
            expect(find('[data-id="end"]')).toBeNull();
            expect(find('[data-id="record"]')).toBeNull();
            stateOf.mockResolvedValue({ ...MEETING, status: 'Scheduled' });
            await pass(5000);
            expect(find('[data-id="end"]')).toBeNull();
        });

        it.each(['record', 'end'])(
            'gives %s to the meeting on which it was clicked, not to the next one',
            async (id) => {
                const apex = id === 'record' ? startRecording : endMeeting;
                LightningConfirm.open.mockResolvedValue(true);
                apex.mockRejectedValue(new Error('late'));
                await goIn();
                click(id);
                await settle();
                stateOf.mockResolvedValue({ ...MEETING, subject: 'Other' });
                element.recordId = OTHER;
                await settle();
                expect(apex.mock.calls).toEqual([[{ meetingId: ID }]]);
                expect(find('[data-id="end"]').disabled).toBe(false);
                expect(find('c-chime-error-panel').errors).toEqual([undefined, undefined]);
            }
        );

        it('ends the meeting that was confirmed although another is shown by then', async () => {
            let answer;
            LightningConfirm.open.mockReturnValue(new Promise((resolve) => (answer = resolve)));
            await goIn();
            click('end');
            await settle();
            element.recordId = OTHER;
            await settle();
            answer(true);
            await settle();
            expect(endMeeting.mock.calls).toEqual([[{ meetingId: ID }]]);
        });

        it('does not end by Apex what has ended while it was asked for', async () => {
            LightningConfirm.open.mockResolvedValue(true);
            await goIn();
            click('end');
            await settle();
            stateOf.mockResolvedValue({ ...MEETING, status: 'Ended', isFinal: true });
            room.say({ type: 'state', state: 'left' });
            await settle();
            await pass(8000);
            expect(endMeeting).not.toHaveBeenCalled();
            expect(find('c-chime-error-panel').errors).toEqual([undefined, undefined]);
            expect(find('iframe')).toBeNull();
        });

        it('hands the keyboard from Record to Stop', async () => {
            await goIn();
            click('record');
            await settle();
            room.say({ type: 'recording', state: 'Preparing', consent: 'Not asked' });
            await settle();
            expect(focused.at(-1)).toBe(find('[data-id="stop"]'));
        });
    });

    describe('consent', () => {
        async function asked(consent = 'Not asked') {
            await goIn();
            room.say({ type: 'recording', state: 'Waiting for consent', consent });
            await settle();
        }

        it('asks when somebody wants to record and everyone has to agree', async () => {
            await asked();
            expect(find('[role="group"] p').textContent).toBe('c.Chime_Consent_Question');
            click('agree');
            await settle();
            expect(room.heard.at(-1)).toEqual({ type: 'consent', given: true });
            room.say({ type: 'recording', state: 'Starting', consent: 'Given' });
            await settle();
            expect(find('[data-id="agree"]')).toBeNull();
            expect(find('[data-id="decline"]').label).toBe('c.Chime_Consent_Withdraw');
            await accessible();
        });

        it('takes a no, and lets the user agree after all', async () => {
            await asked();
            click('decline');
            await settle();
            expect(room.heard.at(-1)).toEqual({ type: 'consent', given: false });
            room.say({ type: 'recording', state: 'Waiting for consent', consent: 'Declined' });
            await settle();
            expect(find('[role="group"] p').textContent).toBe('c.Chime_Consent_Text_Refused');
            expect(find('[data-id="decline"]')).toBeNull();
            expect(find('[data-id="agree"]')).not.toBeNull();
        });

        it('says that the room has not taken the answer', async () => {
            await asked();
            click('agree');
            await pass(8000);
            expect(find('c-chime-error-panel').errors).toContain('c.Chime_Consent_Not_Sent');
            expect(find('[data-id="agree"]').disabled).toBe(false);
        });

        it('does not take a no for heard that the room still shows as not asked', async () => {
            await asked();
            click('decline');
            await settle();
            room.say({ type: 'recording', state: 'Waiting for consent', consent: 'Not asked' });
            await pass(8000);
            expect(find('c-chime-error-panel').errors).toContain('c.Chime_Consent_Not_Sent');
            expect(focused.at(-1)).toBe(find('[data-id="agree"]') && find('[data-id="decline"]'));
        });

        it('does not ask where a notice is enough', async () => {
            stateOf.mockResolvedValue({ ...MEETING, policy: 'Notice' });
            await asked();
            expect(find('[role="group"]')).toBeNull();
        });
    });

    describe('a window of its own', () => {
        const LINK = `${ORIGIN}/#${ENTRY.key}.new`;

        it('opens the room by its link, with the key in the fragment and without an opener', async () => {
            await create();
            click('window');
            await settle();
            expect(window.open.mock.calls).toEqual([[LINK, '_blank', 'noopener,noreferrer']]);
            expect(find('iframe')).toBeNull();
            expect(status()).toContain('c.Chime_Room_Window_Open');
            expect(find('[data-id="enter"]').label).toBe('c.Chime_Room_Enter_Here');
            await accessible();
        });

        it('opens again at the click itself, for browsers that blocked the first', async () => {
            await create();
            click('window');
            await settle();
            click('window');
            expect(window.open).toHaveBeenCalledTimes(2);
            expect(enter).toHaveBeenCalledTimes(1);
        });

        it('forgets the key after a minute, and asks for it again', async () => {
            await create();
            click('window');
            await settle();
            await pass(60000);
            click('window');
            await settle();
            expect(enter).toHaveBeenCalledTimes(2);
            expect(window.open).toHaveBeenCalledTimes(2);
        });

        it('keeps a seat that was taken into the frame for longer than that minute', async () => {
            await create();
            click('window');
            await settle();
            await goInHere();
            await pass(60000);
            click('record');
            await settle();
            expect(room.heard.at(-1)).toEqual({ type: 'record' });
            await load();
            expect(room.heard.at(-1)).toMatchObject({ type: 'open', key: ENTRY.key });
        });

        it('takes the seat along from the frame', async () => {
            await goIn();
            click('window');
            await settle();
            expect(window.open).toHaveBeenCalledWith(LINK, '_blank', 'noopener,noreferrer');
            expect(room.heard.at(-1)).toEqual({ type: 'leave' });
            expect(find('iframe')).toBeNull();
            expect(status()).not.toContain('c.Chime_Room_State_In');
        });

        it('asks for no consent here while the window has the seat', async () => {
            stateOf.mockResolvedValue({ ...MEETING, recordingState: 'Waiting for consent' });
            await goIn();
            expect(find('[data-id="agree"]')).not.toBeNull();
            click('window');
            await settle();
            expect(find('[data-id="agree"]')).toBeNull();
        });

        it('gives commands through Apex then, for the link holds no host power', async () => {
            await create();
            click('window');
            await settle();
            click('record');
            await settle();
            expect(startRecording).toHaveBeenCalledTimes(1);
        });

        it('opens no window at an address that is not secure', async () => {
            enter.mockResolvedValue({ ...ENTRY, roomUrl: 'http://room.example.com' });
            await create();
            click('window');
            await settle();
            expect(window.open).not.toHaveBeenCalled();
            expect(codes()).toEqual(['address']);
        });
    });
});
