import { linkKeeper } from 'c/chimeRecordingLink';
import requestLink from '@salesforce/apex/ChimePlaybackController.requestLink';
import link from '@salesforce/apex/ChimePlaybackController.link';

jest.mock('@salesforce/apex/ChimePlaybackController.requestLink', () => ({ default: jest.fn() }), { virtual: true });
jest.mock('@salesforce/apex/ChimePlaybackController.link', () => ({ default: jest.fn() }), { virtual: true });

const ID = 'a035e00000ReCoRAAV';
const NOW = Date.UTC(2026, 10, 24, 8);
const LIFE = 600000;
const URL1 = 'https://media.example.com/a.mp4?sig=1';
const URL2 = 'https://media.example.com/a.mp4?sig=2';
const at = (ms) => new Date(NOW + ms).toISOString();
const NOT_YET = { ready: false, url: null, expiresAt: null, pollAfterMs: null };

describe('chimeRecordingLink', () => {
    let links;
    let video;
    let onLinks;
    let onFault;

    const pass = (ms) => jest.advanceTimersByTimeAsync(ms);

    async function fetch(renew = false) {
        links.fetch(renew);
        await pass(0);
    }

    beforeEach(() => {
        jest.useFakeTimers({ now: NOW });
        requestLink.mockReset();
        link.mockReset();
        requestLink.mockResolvedValue({ ready: true, url: URL1, expiresAt: at(LIFE) });
        link.mockResolvedValue(NOT_YET);
        video = { paused: false, broken: false };
        onLinks = jest.fn();
        onFault = jest.fn();
        links = linkKeeper({
            recordingId: ID,
            isPaused: () => video.paused,
            isBroken: () => video.broken,
            onLinks,
            onFault
        });
    });

    afterEach(() => {
        links.drop();
        jest.useRealTimers();
    });

    describe('asking', () => {
        it.each([
            ['the one there is', { url: URL1 }, [URL1]],
            ['one a part', { url: URL1, urls: [URL1, URL2] }, [URL1, URL2]],
            ['the one there is where no parts are told', { url: URL1, urls: [] }, [URL1]]
        ])('gives %s', async (_, answer, urls) => {
            requestLink.mockResolvedValue({ ready: true, expiresAt: at(LIFE), ...answer });
            await fetch();
            expect(requestLink.mock.calls).toEqual([[{ recordingId: ID, renew: false }]]);
            expect(onLinks.mock.calls).toEqual([[urls]]);
            expect(links.isFetching()).toBe(false);
        });

        it('asks once and looks as often as it is told until the link has come', async () => {
            requestLink.mockResolvedValue({ ...NOT_YET, expiresAt: at(30000), pollAfterMs: 1500 });
            await fetch();
            await pass(1499);
            expect(link).not.toHaveBeenCalled();
            await pass(1);
            expect(link.mock.calls).toEqual([[{ recordingId: ID, newerThan: at(30000) }]]);
            expect(links.isFetching()).toBe(true);
            link.mockResolvedValue({ ready: true, url: URL1, expiresAt: at(LIFE) });
            await pass(2000);
            expect(link).toHaveBeenCalledTimes(2);
            expect(requestLink).toHaveBeenCalledTimes(1);
            expect(onLinks).toHaveBeenCalledTimes(1);
        });

        it('gives up after a minute', async () => {
            requestLink.mockResolvedValue(NOT_YET);
            await fetch();
            await pass(59999);
            expect(onFault).not.toHaveBeenCalled();
            await pass(2000);
            expect(onFault.mock.calls[0][0].message).toBe('c.Chime_Playback_No_Link');
            const { length } = link.mock.calls;
            await pass(60000);
            expect(link.mock.calls).toHaveLength(length);
            expect(links.isFetching()).toBe(false);
        });

        it('tells why it was refused', async () => {
            const error = { body: { message: 'You may not see it.' } };
            requestLink.mockRejectedValue(error);
            await fetch();
            expect(onFault.mock.calls).toEqual([[error]]);
        });

        it('gives none of several links if one is not secure', async () => {
            requestLink.mockResolvedValue({ ready: true, url: URL1, urls: [URL1, 'http://media.example.com/2.mp4'] });
            await fetch();
            expect(onFault.mock.calls).toEqual([['c.Chime_Playback_Bad_Link']]);
            expect(onLinks).not.toHaveBeenCalled();
        });

        it('counts the later of two wishes, whichever answer comes first', async () => {
            let late;
            requestLink.mockReturnValueOnce(new Promise((resolve) => (late = resolve)));
            await fetch();
            await fetch(true);
            late({ ready: true, url: URL2, expiresAt: at(LIFE) });
            await pass(0);
            expect(onLinks.mock.calls).toEqual([[[URL1]]]);
        });
    });

    describe('renewing', () => {
        it('renews when four fifths of its life are over, and looks for a newer one', async () => {
            await fetch();
            await pass(0.8 * LIFE - 1);
            expect(requestLink).toHaveBeenCalledTimes(1);
            requestLink.mockResolvedValue(NOT_YET);
            await pass(1);
            expect(requestLink).toHaveBeenLastCalledWith({ recordingId: ID, renew: true });
            link.mockResolvedValue({ ready: true, url: URL2, expiresAt: at(2 * LIFE) });
            await pass(2000);
            expect(link).toHaveBeenLastCalledWith({ recordingId: ID, newerThan: at(LIFE) });
            expect(onLinks).toHaveBeenLastCalledWith([URL2]);
        });

        it('waits at least five seconds, however short the life', async () => {
            requestLink.mockResolvedValue({ ready: true, url: URL1, expiresAt: at(-1000) });
            await fetch();
            await pass(4999);
            expect(requestLink).toHaveBeenCalledTimes(1);
            await pass(1);
            expect(requestLink).toHaveBeenCalledTimes(2);
        });

        it('keeps quiet when it fails, and tries again in half of what is left', async () => {
            await fetch();
            requestLink.mockRejectedValueOnce(new Error('Out of reach'));
            await pass(0.8 * LIFE);
            expect(onFault).not.toHaveBeenCalled();
            expect(links.isFetching()).toBe(false);
            await pass(0.1 * LIFE - 1);
            expect(requestLink).toHaveBeenCalledTimes(2);
            await pass(1);
            expect(requestLink).toHaveBeenCalledTimes(3);
            expect(onLinks).toHaveBeenCalledTimes(2);
        });

        it('tells that it failed where nothing plays any more', async () => {
            await fetch();
            video.broken = true;
            const error = new Error('Out of reach');
            requestLink.mockRejectedValue(error);
            await pass(0.8 * LIFE);
            expect(onFault.mock.calls).toEqual([[error]]);
        });

        it('asks for nothing while the recording stands still, and says once that the link has aged', async () => {
            await fetch();
            expect(links.takeStale()).toBe(false);
            video.paused = true;
            await pass(LIFE);
            expect(requestLink).toHaveBeenCalledTimes(1);
            expect(links.takeStale()).toBe(true);
            expect(links.takeStale()).toBe(false);
        });

        it('is not stale any more with a new link', async () => {
            await fetch();
            video.paused = true;
            await pass(LIFE);
            await fetch(true);
            expect(links.takeStale()).toBe(false);
        });
    });

    describe('when nobody watches any more', () => {
        it.each([
            ['a link', (promise) => promise.resolve({ ready: true, url: URL1, expiresAt: at(LIFE) })],
            ['a refusal', (promise) => promise.reject(new Error('late'))],
            ['a not yet', (promise) => promise.resolve(NOT_YET)]
        ])('takes no notice of %s that comes late', async (_, come) => {
            const promise = {};
            requestLink.mockReturnValue(new Promise((resolve, reject) => Object.assign(promise, { resolve, reject })));
            await fetch();
            links.drop();
            come(promise);
            await pass(LIFE);
            expect(onLinks).not.toHaveBeenCalled();
            expect(onFault).not.toHaveBeenCalled();
            expect(link).not.toHaveBeenCalled();
            expect(links.isFetching()).toBe(false);
        });

        it('renews no more', async () => {
            await fetch();
            links.drop();
            await pass(LIFE);
            expect(requestLink).toHaveBeenCalledTimes(1);
        });
    });
});
