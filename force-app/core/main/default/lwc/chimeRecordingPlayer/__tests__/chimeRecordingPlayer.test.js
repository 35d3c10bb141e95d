import { createElement } from '@lwc/engine-dom';
import LightningConfirm from 'lightning/confirm';
import { tell } from 'c/chimeRoomNews';
import ChimeRecordingPlayer from 'c/chimeRecordingPlayer';
import recordings from '@salesforce/apex/ChimePlaybackController.recordings';
import requestLink from '@salesforce/apex/ChimePlaybackController.requestLink';
import erase from '@salesforce/apex/ChimePlaybackController.erase';
import stateOf from '@salesforce/apex/ChimeRoomController.state';

jest.mock('@salesforce/apex/ChimePlaybackController.recordings', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimePlaybackController.requestLink', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimePlaybackController.link', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimePlaybackController.erase', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimeRoomController.state', () => ({ default: jest.fn() }), { virtual: true });

const { getRecord } = require('lightning/uiRecordApi');
const ROWS = require('./data/recordings.json');
const MEETING = 'a015e00000AbCdEAAV';
const [GOOD, FAILED] = ROWS.map(({ id }) => id);
const NOW = Date.UTC(2026, 10, 24, 8);
const LIFE = 600000;
const at = (ms) => new Date(NOW + ms).toISOString();
const URL1 = 'https://media.example.com/a.mp4?sig=1';

describe('c-chime-recording-player', () => {
    let element;

    const find = (selector) => element.shadowRoot.querySelector(selector);
    const row = (id) => find(`li[data-id="${id}"]`);
    const player = () => find('c-chime-recording-video');
    const pass = (ms) => jest.advanceTimersByTimeAsync(ms);

    async function create(fields = { recordId: MEETING, objectApiName: 'Chime_Meeting__c' }) {
        element = createElement('c-chime-recording-player', { is: ChimeRecordingPlayer });
        Object.assign(element, fields);
        document.body.appendChild(element);
        await pass(0);
    }

    async function accessible() {
        jest.useRealTimers();
        await expect(element).toBeAccessible();
    }

    async function playing() {
        await create();
        row(GOOD).querySelector('[data-id="play"]').click();
        await pass(0);
    }

    beforeEach(() => {
        jest.useFakeTimers({ now: NOW });
        recordings.mockResolvedValue(ROWS);
        stateOf.mockResolvedValue({ isFinal: true });
        requestLink.mockResolvedValue({ ready: true, url: URL1, expiresAt: at(LIFE), pollAfterMs: null });
    });

    afterEach(() => {
        document.body.replaceChildren();
        jest.useRealTimers();
        jest.restoreAllMocks();
        [recordings, requestLink, erase, stateOf, LightningConfirm.open].forEach((mock) => mock.mockReset());
    });

    describe('the list', () => {
        it('shows state, length, size, the gap, the hold and how long it is kept', async () => {
            await create();
            expect(recordings).toHaveBeenCalledWith({ meetingId: MEETING });
            const badges = [...row(GOOD).querySelectorAll('lightning-badge')].map(({ label }) => label);
            expect(badges).toEqual(['c.Chime_Recording_Available', 'c.Chime_Recording_On_Hold']);
            const line = row(GOOD).querySelector('[data-id="line"]').textContent;
            ['1 hr 5 min', '123.5 MB', 'c.Chime_Recording_Kept_Until'].forEach((part) => expect(line).toContain(part));
            expect(row(GOOD).querySelector('[data-id="gap"]').textContent).toBe('c.Chime_Recording_Gap');
            expect(row(GOOD).querySelector('[data-id="erase"]')).toBeNull();
            await accessible();
        });

        it('tells plainly that one failed and why, and offers no play', async () => {
            await create();
            expect(row(FAILED).querySelector('[data-id="failure"]').textContent).toBe('c.Chime_Recording_Failure');
            expect(row(FAILED).querySelector('[data-id="play"]')).toBeNull();
            expect(row(FAILED).querySelector('[data-id="gap"]')).toBeNull();
        });

        it.each(['Preparing', 'Starting', 'Recording', 'Finishing', 'Checking', 'Available', 'Erased'])(
            'has a word for %s',
            async (status) => {
                recordings.mockResolvedValue([{ ...ROWS[0], status, playable: false, legalHold: false }]);
                await create();
                expect(find('lightning-badge').label).toBe(`c.Chime_Recording_${status}`);
            }
        );

        it('says that there is none', async () => {
            recordings.mockResolvedValue([]);
            await create();
            expect(find('[data-id="empty"]')).not.toBeNull();
            await accessible();
        });

        it('waits with a spinner', async () => {
            recordings.mockReturnValue(new Promise(() => {}));
            await create();
            expect(find('lightning-spinner')).not.toBeNull();
            await accessible();
        });

        it('looks every 5 seconds while one is on its way, and tells what became of it', async () => {
            recordings.mockResolvedValueOnce([{ ...ROWS[0], status: 'Checking', playable: false }]);
            await create();
            expect(find('[data-id="told"]').textContent).toBe('');
            await pass(5000);
            expect(recordings).toHaveBeenCalledTimes(2);
            expect(find('[data-id="told"]').textContent).toBe('c.Chime_Recording_Changed');
            await pass(60000);
            expect(recordings).toHaveBeenCalledTimes(2);
        });

        it('looks every 30 seconds while a meeting without a recording on its way is not final', async () => {
            stateOf.mockResolvedValue({ isFinal: false });
            await create();
            await pass(29999);
            expect(recordings).toHaveBeenCalledTimes(1);
            await pass(1);
            expect(recordings).toHaveBeenCalledTimes(2);
        });

        it('looks at once when the room on this page tells of a recording', async () => {
            await create();
            tell(MEETING, { kind: 'room', state: 'in' });
            await pass(0);
            expect(recordings).toHaveBeenCalledTimes(1);
            tell(MEETING, { kind: 'recording', state: 'Preparing' });
            await pass(0);
            expect(recordings).toHaveBeenCalledTimes(2);
        });

        it('tells of an error and looks again on demand', async () => {
            const error = { body: { message: 'No access' } };
            recordings.mockRejectedValueOnce(error);
            await create();
            expect(find('c-chime-error-panel').errors).toContainEqual(error);
            find('[data-id="refresh"]').click();
            await pass(0);
            expect(row(GOOD)).not.toBeNull();
        });

        it('drops the answer for an earlier record', async () => {
            let late;
            recordings.mockReturnValueOnce(new Promise((resolve) => (late = resolve)));
            await create();
            recordings.mockResolvedValue([]);
            element.recordId = 'a015e00000AbCdFAAV';
            late(ROWS);
            await pass(0);
            expect(find('[data-id="empty"]')).not.toBeNull();
        });
    });

    describe('on the page of one recording', () => {
        const fields = { recordId: FAILED, objectApiName: 'Chime_Recording__c' };

        it('finds its meeting and shows this recording only', async () => {
            await create(fields);
            expect(recordings).not.toHaveBeenCalled();
            expect(getRecord.getLastConfig().recordId).toBe(FAILED);
            getRecord.emit({ id: FAILED, fields: { Meeting__c: { value: MEETING } } });
            await pass(0);
            expect(recordings).toHaveBeenCalledWith({ meetingId: MEETING });
            expect(row(FAILED)).not.toBeNull();
            expect(row(GOOD)).toBeNull();
        });

        it('goes on playing when the record is saved or comes anew', async () => {
            const emit = async () => {
                getRecord.emit({ id: GOOD, fields: { Meeting__c: { value: MEETING } } });
                await pass(0);
            };
            await create({ ...fields, recordId: GOOD });
            await emit();
            row(GOOD).querySelector('[data-id="play"]').click();
            await pass(0);
            await emit();
            element.objectApiName = 'Chime_Recording__c';
            await pass(0);
            expect(player().recording.id).toBe(GOOD);
            expect(requestLink).toHaveBeenCalledTimes(1);
            expect(recordings).toHaveBeenCalledTimes(1);
        });

        it('tells that it could not be read', async () => {
            await create(fields);
            getRecord.error({ message: 'Gone' });
            await pass(0);
            expect(find('c-chime-error-panel').errors[1].body.message).toBe('Gone');
        });
    });

    describe('playing', () => {
        it('plays the recording whose button was pressed, and offers it no more meanwhile', async () => {
            await create();
            expect(player()).toBeNull();
            row(GOOD).querySelector('[data-id="play"]').click();
            await pass(0);
            expect(player().recording).toEqual({ id: GOOD, name: ROWS[0].name });
            expect(row(GOOD).querySelector('[data-id="play"]').disabled).toBe(true);
            expect(requestLink).toHaveBeenCalledWith({ recordingId: GOOD, renew: false });
            await accessible();
        });

        it('plays another one in its place', async () => {
            recordings.mockResolvedValue([ROWS[0], { ...ROWS[1], status: 'Available', playable: true }]);
            await playing();
            row(FAILED).querySelector('[data-id="play"]').click();
            await pass(0);
            expect(player().recording.id).toBe(FAILED);
            expect(row(GOOD).querySelector('[data-id="play"]').disabled).toBe(false);
            expect(requestLink).toHaveBeenLastCalledWith({ recordingId: FAILED, renew: false });
        });

        it('ends when the user has enough, with the keyboard back on the button', async () => {
            await playing();
            player().dispatchEvent(new CustomEvent('close'));
            await pass(0);
            expect(player()).toBeNull();
            expect(element.shadowRoot.activeElement).toBe(row(GOOD).querySelector('[data-id="play"]'));
            await pass(LIFE);
            expect(requestLink).toHaveBeenCalledTimes(1);
        });

        it('ends when the component shows another record', async () => {
            await playing();
            element.recordId = 'a015e00000AbCdFAAV';
            await pass(0);
            expect(player()).toBeNull();
        });

        it('ends when the component goes from the page, and does not begin again when it comes back', async () => {
            await playing();
            element.remove();
            await pass(LIFE);
            document.body.appendChild(element);
            await pass(0);
            expect(player()).toBeNull();
            expect(requestLink).toHaveBeenCalledTimes(1);
        });
    });

    describe('erasing', () => {
        const button = () => row(FAILED).querySelector('[data-id="erase"]');

        it('asks first, and does nothing on a no', async () => {
            LightningConfirm.open.mockResolvedValue(false);
            await create();
            button().click();
            await pass(0);
            expect(LightningConfirm.open.mock.calls[0][0].message).toBe('c.Chime_Recording_Erase_Confirm');
            expect(erase).not.toHaveBeenCalled();
        });

        it('erases on a yes, tells it, and does not offer it again', async () => {
            LightningConfirm.open.mockResolvedValue(true);
            await create();
            button().click();
            await pass(0);
            expect(erase).toHaveBeenCalledWith({ recordingId: FAILED });
            expect(find('[data-id="told"]').textContent).toBe('c.Chime_Recording_Erase_Asked');
            expect(button().disabled).toBe(true);
            expect(recordings).toHaveBeenCalledTimes(2);
        });

        it('offers the erasure again when nothing has come of it after two minutes', async () => {
            LightningConfirm.open.mockResolvedValue(true);
            await create();
            row(FAILED).querySelector('[data-id="erase"]').click();
            await pass(119000);
            expect(row(FAILED).querySelector('[data-id="erase"]').disabled).toBe(true);
            await pass(1000);
            expect(row(FAILED).querySelector('[data-id="erase"]').disabled).toBe(false);
        });

        it('stops playing what is erased', async () => {
            LightningConfirm.open.mockResolvedValue(true);
            recordings.mockResolvedValue([{ ...ROWS[0], mayErase: true, legalHold: false }]);
            await playing();
            row(GOOD).querySelector('[data-id="erase"]').click();
            await pass(0);
            expect(player()).toBeNull();
        });

        it('tells of a refusal', async () => {
            LightningConfirm.open.mockResolvedValue(true);
            const error = { body: { message: 'On legal hold.' } };
            erase.mockRejectedValue(error);
            await create();
            button().click();
            await pass(0);
            expect(find('c-chime-error-panel').errors).toContainEqual(error);
            expect(button().disabled).toBe(false);
        });
    });
});
