import { LightningElement, api } from 'lwc';
import { poll } from 'c/chimePoll';
import { PAGES } from 'console/forceApp';
import { record } from 'console/server';
import { texts } from 'console/texts';

const LOOK_MS = 5000;
const AFTER_ERROR_MS = 15000;

/* Objects for which force-app brings no page of its own get one as a standard page would be. */
const STANDARD = {
    header: [{ component: 'force:highlightsPanel', properties: {} }],
    main: [
        { component: 'force:detailPanel', properties: {} },
        { component: 'force:relatedListContainer', properties: {} }
    ],
    sidebar: [{ component: 'runtime_sales_activities:activityPanel', properties: {} }]
};
const START = { component: 'c:chimeStartMeeting', properties: {} };
const STARTS_MEETINGS = ['Account', 'Contact', 'Lead', 'Opportunity', 'Case'];

/** A record, laid out as its Lightning page says. Looks again every few seconds, as its components do. */
export default class RecordPage extends LightningElement {
    @api objectApiName;
    found;
    error;
    texts = texts;
    _recordId;
    _connected = false;
    _poll = poll(() => this.look());

    @api
    get recordId() {
        return this._recordId;
    }
    set recordId(value) {
        if (value !== this._recordId) {
            this._recordId = value;
            this.found = undefined;
            this.error = undefined;
            if (this._connected) {
                this._poll.now();
            }
        }
    }

    connectedCallback() {
        this._connected = true;
        this._poll.start();
    }

    disconnectedCallback() {
        this._connected = false;
        this._poll.stop();
    }

    async look() {
        const id = this._recordId;
        try {
            const found = await record(id);
            if (id === this._recordId) {
                this.found = found;
                this.error = undefined;
            }
        } catch (error) {
            if (id === this._recordId) {
                this.error = error;
            }
            return AFTER_ERROR_MS;
        }
        return id === this._recordId ? LOOK_MS : 0;
    }

    handleRetry() {
        this._poll.now();
    }

    get loading() {
        return !this.found && !this.error;
    }

    get regions() {
        const own = Object.values(PAGES).find(({ object }) => object === this.objectApiName);
        if (own) {
            return own.regions;
        }
        const sidebar = STARTS_MEETINGS.includes(this.objectApiName) ? [START, ...STANDARD.sidebar] : STANDARD.sidebar;
        return { ...STANDARD, sidebar };
    }
}
