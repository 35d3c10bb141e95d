import { LightningElement } from 'lwc';
import { formatDateTime } from 'c/chimeFormat';
import { poll } from 'c/chimePoll';
import { recordAddress } from 'console/router';
import { records } from 'console/server';
import { settings } from 'console/settings';
import { texts } from 'console/texts';

const LOOK_MS = 5000;
const AFTER_ERROR_MS = 15000;
const LIMIT = 200;

/** Schedules a meeting for an account, and lists the meetings that are still to come. */
export default class SchedulePage extends LightningElement {
    accounts = [];
    accountId = settings.home;
    rows = [];
    error;
    texts = texts;
    columns = [
        { name: 'Name', label: texts.name },
        { name: 'Subject__c', label: texts.subject },
        { name: 'Scheduled_Start__c', label: texts.when }
    ];
    _poll = poll(() => this.look());

    connectedCallback() {
        this._poll.start();
    }

    disconnectedCallback() {
        this._poll.stop();
    }

    async look() {
        try {
            const [accounts, meetings] = await Promise.all([
                records('Account', LIMIT),
                records('Chime_Meeting__c', LIMIT)
            ]);
            this.accounts = accounts.records.map(({ id, name }) => ({ label: name, value: id }));
            this.accountId ??= this.accounts[0]?.value;
            this.rows = meetings.records
                .filter(({ fields }) => fields.Status__c === 'Scheduled')
                .sort((left, right) => compare(left.fields.Scheduled_Start__c, right.fields.Scheduled_Start__c))
                .map(rowOf);
            this.error = undefined;
        } catch (error) {
            this.error = error;
            return AFTER_ERROR_MS;
        }
        return LOOK_MS;
    }

    handleAccount(event) {
        this.accountId = event.detail.value;
    }

    handleScheduled() {
        this._poll.now();
    }

    handleRetry() {
        this._poll.now();
    }
}

const compare = (left, right) => String(left ?? '').localeCompare(String(right ?? ''));

function rowOf({ id, name, fields }) {
    return {
        key: id,
        cells: [
            { key: 'Name', text: name, href: recordAddress('Chime_Meeting__c', id) },
            { key: 'Subject__c', text: fields.Subject__c ?? '', href: null },
            { key: 'Scheduled_Start__c', text: formatDateTime(fields.Scheduled_Start__c), href: null }
        ]
    };
}
