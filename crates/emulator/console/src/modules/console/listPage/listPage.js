import { LightningElement, api } from 'lwc';
import { fill } from 'c/chimeFormat';
import { poll } from 'c/chimePoll';
import { HIGHLIGHTS } from 'console/forceApp';
import { cell } from 'console/format';
import { fieldLabel, objectIcon, objectsLabel } from 'console/names';
import { recordAddress } from 'console/router';
import { describe, records } from 'console/server';
import { texts } from 'console/texts';

const LOOK_MS = 5000;
const AFTER_ERROR_MS = 15000;
const LIMIT = 50;
const STANDARD = { Account: ['Phone', 'Website', 'Industry'], Contact: ['Title', 'Email', 'Phone'] };

/** The newest records of an object, with the fields of its compact layout. */
export default class ListPage extends LightningElement {
    title = '';
    count = '';
    columns = [];
    rows;
    error;
    texts = texts;
    _object;
    _connected = false;
    _poll = poll(() => this.look());

    @api
    get objectApiName() {
        return this._object;
    }
    set objectApiName(value) {
        if (value !== this._object) {
            this._object = value;
            this.rows = undefined;
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

    get icon() {
        return objectIcon(this._object);
    }

    get loading() {
        return !this.rows && !this.error;
    }

    async look() {
        const object = this._object;
        try {
            const [described, found] = await Promise.all([describe(object), records(object, LIMIT)]);
            if (object === this._object) {
                this.error = undefined;
                this.show(object, described, found);
            }
        } catch (error) {
            this.error = object === this._object ? error : this.error;
            return AFTER_ERROR_MS;
        }
        return object === this._object ? LOOK_MS : 0;
    }

    show(object, { fields }, { label, total, records: list, names = {} }) {
        const columns = (HIGHLIGHTS[object] ?? STANDARD[object] ?? ['CreatedDate'])
            .map((name) => fields.find((field) => field.name === name))
            .filter((field) => field && field.name !== 'Name');
        this.title = objectsLabel(object, label);
        this.count = fill(texts.shown, list.length, total);
        this.columns = [
            { name: 'Name', label: texts.name },
            ...columns.map(({ name, label: text }) => ({ name, label: fieldLabel(object, name, text) }))
        ];
        this.rows = list.map(({ id, name: text, fields: values }) => ({
            key: id,
            cells: [
                { key: 'Name', text: text ?? id, href: recordAddress(object, id) },
                ...columns.map(({ name, type }) =>
                    cell(name, { type, value: values[name], display: names[values[name]] })
                )
            ]
        }));
    }

    handleRetry() {
        this._poll.now();
    }
}
