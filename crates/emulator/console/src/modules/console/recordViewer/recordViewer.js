import { LightningElement, api } from 'lwc';
import { fill } from 'c/chimeFormat';
import { poll } from 'c/chimePoll';
import { cell } from 'console/format';
import { go, rawAddress, recordAddress, viewerAddress } from 'console/router';
import { describe, objects, record, records } from 'console/server';
import { texts } from 'console/texts';

const LOOK_MS = 1000;
const AFTER_ERROR_MS = 5000;
const LIMIT = 50;
const FIRST = 'Chime_Meeting__c';
/* What every object has: it stands behind what is its own. */
const COMMON = [
    'OwnerId',
    'IsDeleted',
    'CreatedDate',
    'CreatedById',
    'LastModifiedDate',
    'LastModifiedById',
    'SystemModstamp'
];
const rank = ({ name }) => COMMON.indexOf(name) + 1;

/** For developers: any object's records with all their fields, and any record with what points at it. */
export default class RecordViewer extends LightningElement {
    objects = [];
    table = null;
    one = null;
    error;
    texts = texts;
    fieldColumns = [
        { name: 'label', label: texts.field },
        { name: 'name', label: 'API' },
        { name: 'type', label: texts.type },
        { name: 'value', label: texts.value }
    ];
    _object;
    _id;
    _connected = false;
    _poll = poll(() => this.look());

    /** The object whose records are listed. */
    @api
    get objectApiName() {
        return this._object;
    }
    set objectApiName(value) {
        this._object = value;
        this.restart();
    }

    /** The one record that is shown instead. */
    @api
    get recordId() {
        return this._id;
    }
    set recordId(value) {
        this._id = value;
        this.restart();
    }

    connectedCallback() {
        this._connected = true;
        this._poll.start();
    }

    disconnectedCallback() {
        this._connected = false;
        this._poll.stop();
    }

    restart() {
        this.table = null;
        this.one = null;
        if (this._connected) {
            this._poll.now();
        }
    }

    get chosen() {
        return this.one?.object ?? this._object ?? FIRST;
    }

    get options() {
        return this.objects.map(({ name, count }) => ({
            name,
            text: `${name} (${count})`,
            selected: name === this.chosen
        }));
    }

    async look() {
        const asked = `${this._id} ${this._object}`;
        const still = () => asked === `${this._id} ${this._object}`;
        try {
            const [list, shown] = await Promise.all([objects(), this._id ? this.lookAtOne() : this.lookAtAll()]);
            if (still()) {
                this.objects = list;
                this.error = undefined;
                Object.assign(this, shown);
            }
        } catch (error) {
            this.error = still() ? error : this.error;
            return AFTER_ERROR_MS;
        }
        return still() ? LOOK_MS : 0;
    }

    async lookAtAll() {
        const object = this._object ?? FIRST;
        const [{ fields }, found] = await Promise.all([describe(object), records(object, LIMIT)]);
        const names = found.names ?? {};
        const columns = fields.filter(({ name }) => name !== 'Id').sort((left, right) => rank(left) - rank(right));
        return {
            one: null,
            table: {
                title: object,
                count: fill(texts.shown, found.records.length, found.total),
                columns: [{ name: 'Id', label: 'Id' }, ...columns.map(({ name }) => ({ name, label: name }))],
                rows: found.records.map((row) => ({
                    key: row.id,
                    cells: [
                        { key: 'Id', text: row.id, href: rawAddress(row.id) },
                        ...columns.map(({ name, type }) => rawCell(name, type, row.fields[name], names))
                    ]
                }))
            }
        };
    }

    async lookAtOne() {
        const found = await record(this._id);
        return {
            table: null,
            one: {
                object: found.object,
                title: `${found.object} ${found.name ?? ''}`,
                page: recordAddress(found.object, found.id),
                rows: found.fields.map(fieldRow),
                related: found.related.map((related) => ({
                    key: `${related.object}.${related.field}`,
                    title: `${related.object}.${related.field} (${related.records.length})`,
                    records: related.records.map(({ id, name }) => ({ id, name: name ?? id, href: rawAddress(id) }))
                }))
            }
        };
    }

    get allAddress() {
        return viewerAddress(this.chosen);
    }

    get allText() {
        return fill(texts.allRecords, this.chosen);
    }

    handleObject(event) {
        go(viewerAddress(event.target.value));
    }
}

/* Moments as they are stored: a developer compares them with what a call has sent. */
function rawCell(name, type, value, names) {
    const text = cell(name, { value }).text;
    return type === 'reference' && value
        ? { key: name, text: names[value] ? `${names[value]} (${value})` : value, href: rawAddress(value) }
        : { key: name, text, href: null };
}

function fieldRow({ name, label, type, value, display, refers }) {
    const text = cell(name, { value }).text;
    return {
        key: name,
        cells: [
            { key: 'label', text: label, href: null },
            { key: 'name', text: name, href: null },
            { key: 'type', text: type, href: null },
            {
                key: 'value',
                text: refers && display ? `${display} (${value})` : text,
                href: refers && value ? rawAddress(value) : null
            }
        ]
    };
}
