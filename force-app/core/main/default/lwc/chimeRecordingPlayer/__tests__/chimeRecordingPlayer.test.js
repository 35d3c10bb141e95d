import { createElement } from '@lwc/engine-dom';
import LightningConfirm from 'lightning/confirm';
import { tell } from 'c/chimeRoomNews';
import ChimeRecordingPlayer from 'c/chimeRecordingPlayer';
import recordings from '@salesforce/apex/ChimePlaybackController.recordings';
import requestLink from '@salesforce/apex/ChimePlaybackController.requestLink';
import link from '@salesforce/apex/ChimePlaybackController.link';
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
const URL2 = 'https://media.example.com/a.mp4?sig=2';

describe('c-chime-recording-player', () => {
    let element;
    let play;
    let pause;

    const find = (selector) => element.shadowRoot.querySelector(selector);
    const row = (id) => find(`li[data-id="${id}"]`);
    const video = () => find('video');
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

    /** Gives the video of jsdom, which plays nothing, a state of its own. */
    function media(fields) {
        Object.entries(fields).forEach(([name, value]) =>
            Object.defineProperty(video(), name, { value, writable: true, configurable: true })
        );
    }

    async function happens(type) {
        video().dispatchEvent(new CustomEvent(type));
        await pass(0);
    }

    async function playing() {
        await create();
        row(GOOD).querySelector('[data-id="play"]').click();
        await pass(0);
        media({ currentTime: 0, paused: true, playbackRate: 1 });
        await happens('loadedmetadata');
        media({ paused: false });
    }

    beforeEach(() => {
        jest.useFakeTimers({ now: NOW });
        play = jest.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue();
        pause = jest.spyOn(HTMLMediaElement.prototype, 'pause').mockReturnValue();
        recordings.mockResolvedValue(ROWS);
        stateOf.mockResolvedValue({ isFinal: true });
        requestLink.mockResolvedValue({ ready: true, url: URL1, expiresAt: at(LIFE), pollAfterMs: null });
        link.mockResolvedValue({ ready: false, url: null, expiresAt: null, pollAfterMs: null });
    });

    afterEach(() => {
        document.body.replaceChildren();
        jest.useRealTimers();
        jest.restoreAllMocks();
        [recordings, requestLink, link, erase, stateOf, LightningConfirm.open].forEach((mock) => mock.mockReset());
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
            expect(video().getAttribute('src')).toBe(URL1);
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
        it('asks for a link at the click, not before, and plays when it is ready', async () => {
            await create();
            expect(requestLink).not.toHaveBeenCalled();
            row(GOOD).querySelector('[data-id="play"]').click();
            await pass(0);
            expect(requestLink).toHaveBeenCalledWith({ recordingId: GOOD, renew: false });
            expect(video().getAttribute('src')).toBe(URL1);
            expect(video().getAttribute('aria-label')).toBe('c.Chime_Playback_Player');
            await happens('loadedmetadata');
            expect(play).toHaveBeenCalledTimes(1);
            expect(row(GOOD).querySelector('[data-id="play"]').disabled).toBe(true);
            await accessible();
        });

        it('looks for the link as often as it is told, and asks for it only once', async () => {
            requestLink.mockResolvedValue({ ready: false, url: null, expiresAt: at(30000), pollAfterMs: 1500 });
            await create();
            row(GOOD).querySelector('[data-id="play"]').click();
            await pass(0);
            expect(find('[data-id="asking"]')).not.toBeNull();
            await pass(1500);
            expect(link).toHaveBeenCalledWith({ recordingId: GOOD, newerThan: at(30000) });
            expect(video()).toBeNull();
            link.mockResolvedValue({ ready: true, url: URL1, expiresAt: at(LIFE), pollAfterMs: null });
            await pass(2000);
            expect(link).toHaveBeenCalledTimes(2);
            expect(requestLink).toHaveBeenCalledTimes(1);
            expect(video().getAttribute('src')).toBe(URL1);
            expect(find('[data-id="asking"]')).toBeNull();
        });

        it('gives up after a minute without a link, and asks again on demand', async () => {
            requestLink.mockResolvedValue({ ready: false, url: null, expiresAt: null, pollAfterMs: 2000 });
            await create();
            row(GOOD).querySelector('[data-id="play"]').click();
            await pass(61000);
            const panel = find('[data-id="broken"]');
            expect(panel.errors.message).toBe('c.Chime_Playback_No_Link');
            const before = link.mock.calls.length;
            await pass(60000);
            expect(link).toHaveBeenCalledTimes(before);
            requestLink.mockResolvedValue({ ready: true, url: URL1, expiresAt: at(LIFE) });
            panel.dispatchEvent(new CustomEvent('retry'));
            await pass(0);
            expect(video().getAttribute('src')).toBe(URL1);
            expect(find('[data-id="broken"]').errors).toBeUndefined();
        });

        it('tells that playback was refused', async () => {
            const error = { body: { message: 'You may not see it.' } };
            requestLink.mockRejectedValue(error);
            await create();
            row(GOOD).querySelector('[data-id="play"]').click();
            await pass(0);
            expect(find('[data-id="broken"]').errors).toEqual(error);
            expect(video()).toBeNull();
            await accessible();
        });

        it('does not play a link that is not secure', async () => {
            requestLink.mockResolvedValue({ ready: true, url: 'http://media.example.com/a.mp4', expiresAt: at(LIFE) });
            await create();
            row(GOOD).querySelector('[data-id="play"]').click();
            await pass(0);
            expect(find('[data-id="broken"]').errors).toBe('c.Chime_Playback_Bad_Link');
            expect(video()).toBeNull();
        });

        it('names the trusted URL that is missing when the browser refuses the video', async () => {
            await playing();
            const event = new Event('securitypolicyviolation');
            document.dispatchEvent(Object.assign(event, { effectiveDirective: 'media-src', blockedURI: URL1 }));
            await happens('error');
            expect(find('[data-id="broken"]').errors).toBe('c.Chime_Check_Trusted_Media');
            expect(requestLink).toHaveBeenCalledTimes(1);
        });

        it('leaves the start to the user where the browser forbids to start by itself', async () => {
            play.mockRejectedValue(new DOMException('no', 'NotAllowedError'));
            await playing();
            expect(find('[data-id="broken"]').errors).toBeUndefined();
        });

        it('closes, and asks for nothing any more', async () => {
            await playing();
            find('[data-id="close"]').click();
            await pass(LIFE);
            expect(video()).toBeNull();
            expect(element.shadowRoot.activeElement).toBe(row(GOOD).querySelector('[data-id="play"]'));
            expect(requestLink).toHaveBeenCalledTimes(1);
        });

        it('drops a link that comes for a recording that was closed meanwhile', async () => {
            requestLink.mockResolvedValueOnce({ ready: false, url: null, expiresAt: null, pollAfterMs: 2000 });
            await create();
            row(GOOD).querySelector('[data-id="play"]').click();
            await pass(0);
            find('[data-id="close"]').click();
            link.mockResolvedValue({ ready: true, url: URL1, expiresAt: at(LIFE) });
            await pass(5000);
            expect(link).not.toHaveBeenCalled();
            expect(video()).toBeNull();
        });
    });

    describe('renewing', () => {
        const second = { ready: true, url: URL2, expiresAt: at(2 * LIFE), pollAfterMs: null };

        it('renews at 80 % of the link’s life, keeping place, speed and playing', async () => {
            await playing();
            media({ currentTime: 321.5, playbackRate: 1.5, paused: false });
            requestLink.mockResolvedValue({ ready: false, url: null, expiresAt: at(LIFE), pollAfterMs: 1000 });
            await pass(0.8 * LIFE - 1);
            expect(requestLink).toHaveBeenCalledTimes(1);
            await pass(1);
            expect(requestLink).toHaveBeenLastCalledWith({ recordingId: GOOD, renew: true });
            expect(video().getAttribute('src')).toBe(URL1);
            link.mockResolvedValue(second);
            await pass(1000);
            expect(link).toHaveBeenLastCalledWith({ recordingId: GOOD, newerThan: at(LIFE) });
            expect(video().getAttribute('src')).toBe(URL2);
            media({ currentTime: 0, playbackRate: 1, paused: true });
            play.mockClear();
            await happens('loadedmetadata');
            expect(video().currentTime).toBe(321.5);
            expect(video().playbackRate).toBe(1.5);
            expect(play).toHaveBeenCalledTimes(1);
        });

        it('lets the user watch on when a renewal fails, and tries again while the link lives', async () => {
            await playing();
            requestLink.mockRejectedValueOnce(new Error('Out of reach'));
            await pass(0.8 * LIFE);
            expect(requestLink).toHaveBeenCalledTimes(2);
            expect(find('[data-id="broken"]').errors).toBeUndefined();
            expect(find('[data-id="asking"]')).toBeNull();
            requestLink.mockResolvedValue(second);
            await pass(0.1 * LIFE);
            expect(requestLink).toHaveBeenCalledTimes(3);
            expect(video().getAttribute('src')).toBe(URL2);
        });

        it('tells that a renewal failed once the video itself has failed', async () => {
            await playing();
            const error = new Error('Out of reach');
            requestLink.mockRejectedValue(error);
            media({ error: { code: 2 } });
            await pass(0.8 * LIFE);
            expect(find('[data-id="broken"]').errors).toBe(error);
        });

        it('asks for nothing while it stands still, and renews at the next press on Play', async () => {
            await playing();
            media({ currentTime: 42, paused: true });
            await pass(LIFE);
            expect(requestLink).toHaveBeenCalledTimes(1);
            requestLink.mockResolvedValue(second);
            media({ paused: false });
            await happens('play');
            expect(pause).toHaveBeenCalledTimes(1);
            expect(requestLink).toHaveBeenLastCalledWith({ recordingId: GOOD, renew: true });
            expect(video().getAttribute('src')).toBe(URL2);
            play.mockClear();
            await happens('loadedmetadata');
            expect(video().currentTime).toBe(42);
            expect(play).toHaveBeenCalledTimes(1);
        });

        it('renews when the media fails, and goes on where it stopped', async () => {
            await playing();
            media({ currentTime: 77, paused: false });
            requestLink.mockResolvedValue(second);
            await happens('error');
            expect(requestLink).toHaveBeenLastCalledWith({ recordingId: GOOD, renew: true });
            media({ currentTime: 0 });
            play.mockClear();
            await happens('loadedmetadata');
            expect(video().currentTime).toBe(77);
            expect(play).toHaveBeenCalledTimes(1);
        });

        it('stays paused after a renewal if it was paused', async () => {
            await playing();
            media({ currentTime: 77, paused: true });
            requestLink.mockResolvedValue(second);
            await happens('error');
            play.mockClear();
            await happens('loadedmetadata');
            expect(video().currentTime).toBe(77);
            expect(play).not.toHaveBeenCalled();
        });

        it('gives up after the media has failed at one place with three new links', async () => {
            await playing();
            media({ currentTime: 77 });
            requestLink.mockResolvedValue(second);
            for (let time = 0; time < 4; time += 1) {
                // eslint-disable-next-line no-await-in-loop -- one failure after the other
                await happens('error');
                // eslint-disable-next-line no-await-in-loop -- one failure after the other
                await happens('loadedmetadata');
            }
            expect(requestLink).toHaveBeenCalledTimes(4);
            expect(find('[data-id="broken"]').errors).toBe('c.Chime_Playback_Broken');
            await happens('error');
            expect(requestLink).toHaveBeenCalledTimes(4);
        });

        it('counts anew after it has played on', async () => {
            await playing();
            requestLink.mockResolvedValue(second);
            for (let time = 1; time < 7; time += 1) {
                media({ currentTime: 100 * time });
                // eslint-disable-next-line no-await-in-loop -- one failure after the other
                await happens('timeupdate');
                // eslint-disable-next-line no-await-in-loop -- one failure after the other
                await happens('error');
                // eslint-disable-next-line no-await-in-loop -- one failure after the other
                await happens('loadedmetadata');
            }
            expect(requestLink).toHaveBeenCalledTimes(7);
            expect(find('[data-id="broken"]').errors).toBeUndefined();
        });
    });

    describe('a recording in several parts', () => {
        const P1 = 'https://media.example.com/1.mp4?sig=1';
        const P2 = 'https://media.example.com/2.mp4?sig=1';
        const N1 = 'https://media.example.com/1.mp4?sig=2';
        const N2 = 'https://media.example.com/2.mp4?sig=2';
        const parts = () => [...element.shadowRoot.querySelectorAll('[data-part]')];

        beforeEach(() => {
            requestLink.mockResolvedValue({ ready: true, url: P1, urls: [P1, P2], expiresAt: at(LIFE) });
        });

        it('plays one part after the other, at the speed chosen, and stops after the last', async () => {
            await playing();
            expect(video().getAttribute('src')).toBe(P1);
            expect(parts().map((part) => part.getAttribute('aria-current'))).toEqual(['true', null]);
            media({ currentTime: 600, playbackRate: 2, paused: true });
            await happens('ended');
            expect(video().getAttribute('src')).toBe(P2);
            play.mockClear();
            await happens('loadedmetadata');
            expect(video().currentTime).toBe(0);
            expect(video().playbackRate).toBe(2);
            expect(play).toHaveBeenCalledTimes(1);
            expect(parts().map((part) => part.getAttribute('aria-current'))).toEqual([null, 'true']);
            await happens('ended');
            expect(video().getAttribute('src')).toBe(P2);
            expect(requestLink).toHaveBeenCalledTimes(1);
            await accessible();
        });

        it('goes to the part that is chosen, playing or not as before', async () => {
            await playing();
            media({ paused: true });
            parts()[1].click();
            await pass(0);
            expect(video().getAttribute('src')).toBe(P2);
            play.mockClear();
            await happens('loadedmetadata');
            expect(play).not.toHaveBeenCalled();
            media({ currentTime: 55 });
            parts()[1].click();
            expect(video().currentTime).toBe(0);
            expect(video().getAttribute('src')).toBe(P2);
        });

        it('renews the links of all parts and stays in the part and at the place', async () => {
            await playing();
            await happens('ended');
            await happens('loadedmetadata');
            media({ currentTime: 30, paused: false });
            requestLink.mockResolvedValue({ ready: true, url: N1, urls: [N1, N2], expiresAt: at(2 * LIFE) });
            await pass(0.8 * LIFE);
            expect(video().getAttribute('src')).toBe(N2);
            media({ currentTime: 0 });
            await happens('loadedmetadata');
            expect(video().currentTime).toBe(30);
            parts()[0].click();
            await pass(0);
            expect(video().getAttribute('src')).toBe(N1);
        });

        it('plays none if one link is not secure', async () => {
            requestLink.mockResolvedValue({ ready: true, url: P1, urls: [P1, 'ftp://x/2.mp4'], expiresAt: at(LIFE) });
            await create();
            row(GOOD).querySelector('[data-id="play"]').click();
            await pass(0);
            expect(find('[data-id="broken"]').errors).toBe('c.Chime_Playback_Bad_Link');
        });

        it('shows no parts where there is one', async () => {
            requestLink.mockResolvedValue({ ready: true, url: P1, urls: [P1], expiresAt: at(LIFE) });
            await playing();
            expect(parts()).toEqual([]);
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
            expect(video()).toBeNull();
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
