import { LightningElement } from 'lwc';
import { PAGES, TABS, VISIBLE_TABS } from 'console/forceApp';
import { objectsLabel, tabLabel } from 'console/names';
import { EVENTS, SCHEDULE, follow, listAddress, place, tabAddress, viewerAddress } from 'console/router';
import { settings, switchTo } from 'console/settings';
import { objects } from 'console/server';
import { texts } from 'console/texts';

const STANDARD = ['Account', 'Contact'];

/**
 * The frame around all pages: who uses it, in which language, the tabs that the user's permission sets show, and
 * the page that the address names.
 */
export default class App extends LightningElement {
    texts = texts;
    settings = settings;
    place = place();
    plurals = {};
    _moved = false;
    _release = () => {};

    connectedCallback() {
        document.title = texts.app;
        this._release = follow(() => {
            this.place = place();
            this._moved = true;
        });
        this.learn();
    }

    disconnectedCallback() {
        this._release();
    }

    /* A page that comes by a link begins where a reader would begin. */
    renderedCallback() {
        if (this._moved) {
            this._moved = false;
            this.refs.main.focus();
        }
    }

    async learn() {
        try {
            const list = await objects();
            this.plurals = Object.fromEntries(list.map(({ name, labelPlural }) => [name, labelPlural]));
        } catch {
            /* The page itself tells that the server is silent; its tabs go by their API names until then. */
        }
    }

    /* Who and in which language */

    get users() {
        return settings.users.map(({ id, name, role }) => ({
            id,
            text: role ? `${name} (${role})` : name,
            selected: id === settings.user.id
        }));
    }

    get languages() {
        return [
            { id: 'en', text: texts.english, selected: settings.lang !== 'de' },
            { id: 'de', text: texts.german, selected: settings.lang === 'de' }
        ];
    }

    handleUser(event) {
        switchTo({ user: event.target.value });
    }

    handleLanguage(event) {
        switchTo({ language: event.target.value });
    }

    handleSkip() {
        this.refs.main.focus();
    }

    /* Where to */

    get visible() {
        return settings.user.sets.flatMap((set) => VISIBLE_TABS[set] ?? []);
    }

    get tabs() {
        const standard = STANDARD.map((name) =>
            this.link(listAddress(name), objectsLabel(name, name), this.isList(name))
        );
        const own = TABS.filter(({ name }) => this.visible.includes(name)).map((tab) =>
            tab.object
                ? this.link(
                      listAddress(tab.name),
                      objectsLabel(tab.name, this.plurals[tab.name] ?? tab.name),
                      this.isList(tab.name)
                  )
                : this.link(tabAddress(tab.name), tabLabel(tab), this.place.tab === tab.name)
        );
        const schedule = this.link(SCHEDULE, texts.schedule, this.place.page === 'schedule');
        return [...standard, ...own, schedule];
    }

    get developerTabs() {
        return [
            this.link(viewerAddress(), texts.records, this.place.page === 'records'),
            this.link(EVENTS, texts.events, this.place.page === 'events')
        ];
    }

    link(href, label, here) {
        return { href, label, current: here ? 'page' : null, className: here ? 'tab here' : 'tab' };
    }

    isList(object) {
        return ['list', 'record'].includes(this.place.page) && this.place.object === object;
    }

    /* What is shown */

    get isRecord() {
        return this.place.page === 'record';
    }

    get isListPage() {
        return this.place.page === 'list';
    }

    get isSchedule() {
        return this.place.page === 'schedule';
    }

    get isRecords() {
        return this.place.page === 'records';
    }

    get isEvents() {
        return this.place.page === 'events';
    }

    get tab() {
        return this.place.page === 'tab' ? TABS.find(({ name, page }) => name === this.place.tab && page) : undefined;
    }

    get tabPage() {
        return this.tab && this.visible.includes(this.tab.name) ? PAGES[this.tab.page] : null;
    }

    get refusal() {
        if (this.tab && !this.tabPage) {
            return texts.noRight;
        }
        return this.place.page === 'none' || (this.place.page === 'tab' && !this.tab) ? texts.notHere : '';
    }
}
