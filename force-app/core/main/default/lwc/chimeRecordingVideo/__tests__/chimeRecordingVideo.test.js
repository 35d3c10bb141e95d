import { createElement } from '@lwc/engine-dom';
import ChimeRecordingVideo from 'c/chimeRecordingVideo';
import requestLink from '@salesforce/apex/ChimePlaybackController.requestLink';
import link from '@salesforce/apex/ChimePlaybackController.link';

jest.mock('@salesforce/apex/ChimePlaybackController.requestLink', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimePlaybackController.link', () => ({ default: jest.fn() }), { virtual: true });

const GOOD = 'a035e00000ReCoRAAV';
const OTHER = 'a035e00000ReCoSAAV';
const NOW = Date.UTC(2026, 10, 24, 8);
const LIFE = 600000;
const at = (ms) => new Date(NOW + ms).toISOString();
const URL1 = 'https://media.example.com/a.mp4?sig=1';
const URL2 = 'https://media.example.com/a.mp4?sig=2';

describe('c-chime-recording-video', () => {
    let element;
    let play;
    let pause;

    const find = (selector) => element.shadowRoot.querySelector(selector);
    const video = () => find('video');
    const pass = (ms) => jest.advanceTimersByTimeAsync(ms);

    async function create() {
        element = createElement('c-chime-recording-video', { is: ChimeRecordingVideo });
        element.recording = { id: GOOD, name: 'REC-000001' };
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
        media({ currentTime: 0, paused: true, playbackRate: 1 });
        await happens('loadedmetadata');
        media({ paused: false });
    }

    beforeEach(() => {
        jest.useFakeTimers({ now: NOW });
        play = jest.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue();
        pause = jest.spyOn(HTMLMediaElement.prototype, 'pause').mockReturnValue();
        requestLink.mockResolvedValue({ ready: true, url: URL1, expiresAt: at(LIFE), pollAfterMs: null });
        link.mockResolvedValue({ ready: false, url: null, expiresAt: null, pollAfterMs: null });
    });

    afterEach(() => {
        document.body.replaceChildren();
        jest.useRealTimers();
        jest.restoreAllMocks();
        [requestLink, link].forEach((mock) => mock.mockReset());
    });

    describe('playing', () => {
        it('asks for a link and plays when it is ready, with the keyboard on it', async () => {
            await create();
            expect(requestLink).toHaveBeenCalledWith({ recordingId: GOOD, renew: false });
            expect(video().getAttribute('src')).toBe(URL1);
            expect(video().getAttribute('aria-label')).toBe('c.Chime_Playback_Player');
            expect(element.shadowRoot.activeElement).toBe(video());
            await happens('loadedmetadata');
            expect(play).toHaveBeenCalledTimes(1);
            await accessible();
        });

        it('looks for the link as often as it is told, and asks for it only once', async () => {
            requestLink.mockResolvedValue({ ready: false, url: null, expiresAt: at(30000), pollAfterMs: 1500 });
            await create();
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
            expect(find('[data-id="broken"]').errors).toEqual(error);
            expect(video()).toBeNull();
            await accessible();
        });

        it('does not play a link that is not secure', async () => {
            requestLink.mockResolvedValue({ ready: true, url: 'http://media.example.com/a.mp4', expiresAt: at(LIFE) });
            await create();
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

        it('asks for nothing more once it is off the page', async () => {
            await playing();
            const off = video();
            element.remove();
            off.dispatchEvent(new CustomEvent('error'));
            await pass(2 * LIFE);
            expect(requestLink).toHaveBeenCalledTimes(1);
        });

        it('leaves the start to the user where the browser forbids to start by itself', async () => {
            play.mockRejectedValue(new DOMException('no', 'NotAllowedError'));
            await playing();
            expect(find('[data-id="broken"]').errors).toBeUndefined();
        });

        it('says that the user has enough', async () => {
            const closed = jest.fn();
            await playing();
            element.addEventListener('close', closed);
            find('[data-id="close"]').click();
            expect(closed).toHaveBeenCalledTimes(1);
        });

        it('asks for nothing any more once it has left the page', async () => {
            await playing();
            element.remove();
            await pass(LIFE);
            expect(requestLink).toHaveBeenCalledTimes(1);
        });

        it('drops a link that comes when it has left the page', async () => {
            requestLink.mockResolvedValueOnce({ ready: false, url: null, expiresAt: null, pollAfterMs: 2000 });
            await create();
            element.remove();
            await pass(5000);
            expect(link).not.toHaveBeenCalled();
        });

        it('plays another recording from its beginning, and drops the link of the one before', async () => {
            let late;
            requestLink.mockReturnValueOnce(new Promise((resolve) => (late = resolve)));
            await create();
            element.recording = { id: OTHER, name: 'REC-000002' };
            await pass(0);
            late({ ready: true, url: URL2, expiresAt: at(LIFE) });
            await pass(0);
            expect(requestLink).toHaveBeenLastCalledWith({ recordingId: OTHER, renew: false });
            expect(video().getAttribute('src')).toBe(URL1);
            await happens('loadedmetadata');
            expect(video().currentTime).toBe(0);
        });

        it('goes on with the same recording given anew', async () => {
            await playing();
            element.recording = { id: GOOD, name: 'REC-000001' };
            await pass(0);
            expect(requestLink).toHaveBeenCalledTimes(1);
            expect(video().getAttribute('src')).toBe(URL1);
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
            expect(find('[data-id="broken"]').errors).toBe('c.Chime_Playback_Bad_Link');
        });

        it('shows no parts where there is one', async () => {
            requestLink.mockResolvedValue({ ready: true, url: P1, urls: [P1], expiresAt: at(LIFE) });
            await playing();
            expect(parts()).toEqual([]);
        });
    });
});
