// @ts-check
// A user at the local console: the package's own components on an Account's and a meeting's page, with the room in the
// component's frame. The names of controls are those the components carry.
import { View } from './browser.mjs';
import { Person } from './person.mjs';
import { until } from './until.mjs';

const CLICK = { timeout: 30_000 };

export class ConsoleUser extends Person {
    /**
     * Opens the console on the seeded Account's page.
     *
     * @param {string} name in the files left behind
     * @param {{console: string, room: string}} at
     * @param {import('./browser.mjs').Looks} looks
     */
    static async atConsole(name, at, looks) {
        const view = await View.open(name, looks);
        const user = new ConsoleUser(name, view.browser, view.page);
        user.at = at;
        const { home } = await (await fetch(`${at.console}/console.json`)).json();
        await user.page.goto(`${at.console}/#/r/Account/${home}/view`);
        return user;
    }

    at = { console: '', room: '' };
    meetingId = '';

    /** @param {string} id as the component's own `data-id` */
    press(id) {
        return this.page.locator(`[data-id="${id}"]:visible`).first().click(CLICK);
    }

    /** Clicks **Start meeting**; the meeting's page opens and with it the room in its frame. */
    async startMeeting() {
        await this.press('start');
        await this.page.waitForURL(/#\/r\/Chime_Meeting__c\//, CLICK);
        this.meetingId = this.page.url().match(/Chime_Meeting__c\/(\w+)/)?.[1] ?? '';
        const frame = this.page.locator('iframe[data-id="frame"]');
        const enter = this.page.locator('[data-id="enter"]:visible');
        await until('the room is there, or can be entered', async () => (await frame.count()) + (await enter.count()));
        // Someone who comes back enters by a click; who has just started a meeting need not.
        if ((await frame.count()) === 0) await enter.first().click(CLICK);
        await this.findRoom(this.at.room);
        return this.meetingId;
    }

    /** Opens the tab of the recordings, presses *Play*, and waits until the recording's picture runs. */
    async play() {
        // The frame of the room goes away above the tabs when the meeting is over: a click may land beside its tab.
        const tab = this.page.getByRole('tab', { name: 'Recordings' });
        await until('the tab of the recordings is open', async () => {
            await tab.click(CLICK);
            return (await tab.getAttribute('aria-selected')) === 'true';
        });
        await until('the recording can be played', () => this.page.locator('[data-id="play"]:visible').count());
        await this.press('play');
        const video = this.page.locator('c-chime-recording-player video').first();
        await video.waitFor({ state: 'attached', timeout: 60_000 });
        await video.evaluate((element) => {
            const film = /** @type {HTMLVideoElement} */ (element);
            film.muted = true;
            void film.play();
        });
        return until(
            'the recording plays',
            () =>
                video.evaluate((element) => {
                    const film = /** @type {HTMLVideoElement} */ (element);
                    return { at: film.currentTime, length: film.duration, width: film.videoWidth };
                }),
            ({ at, width }) => at > 1 && width > 0
        );
    }
}
