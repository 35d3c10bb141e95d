import { LightningElement, api } from 'lwc';
import { LAYOUTS } from 'console/forceApp';
import { cell } from 'console/format';
import { fieldLabel, objectIcon, objectsLabel } from 'console/names';
import { describe } from 'console/server';
import { texts } from 'console/texts';
import { recordAddress } from 'console/router';

const COLUMNS = 4;
const ACTIVITIES = ['Event', 'Task'];
const USUAL = ['Subject', 'Status', 'StartDateTime', 'EndDateTime', 'ActivityDate', 'Title', 'Email', 'Phone'];

/** Lists of records that point at this one: all of them, one by its name, or its activities. */
export default class Related extends LightningElement {
    @api recordId;
    @api objectApiName;
    /** The name of one relationship; all if left out. */
    @api list;
    /** Whether only activities are listed; other lists leave them out. */
    @api activities = false;

    texts = texts;
    _found;
    _described = {};

    @api
    get found() {
        return this._found;
    }
    set found(value) {
        this._found = value;
        this.learn();
    }

    /* Labels and types of the fields come with the description of each object. */
    async learn() {
        try {
            const all = await Promise.all(this._found.related.map(({ object }) => describe(object)));
            this._described = Object.fromEntries(all.map((one) => [one.name, one]));
        } catch {
            /* The page's own look says that the server is silent; names of fields are not worth a second one. */
        }
    }

    get lists() {
        return this._found.related
            .filter(({ object }) => this._described[object] && ACTIVITIES.includes(object) === this.activities)
            .filter(({ relationship }) => !this.list || relationship === this.list)
            .map((related) => this.shown(related));
    }

    get nothing() {
        return this.activities && this.lists.length === 0;
    }

    shown({ object, label, field: parent, records, names: called = {} }) {
        const { fields } = this._described[object];
        const layout = (LAYOUTS[object] ?? []).flatMap(({ columns }) => columns.flat());
        const names = (layout.length > 0 ? layout : USUAL).filter(
            (name) => ![parent, 'Name', 'OwnerId'].includes(name)
        );
        const columns = names
            .map((name) => fields.find((field) => field.name === name))
            .filter(Boolean)
            .slice(0, COLUMNS);
        return {
            key: `${object}.${parent}`,
            icon: objectIcon(object),
            title: `${objectsLabel(object, label)} (${records.length})`,
            columns: [
                { name: 'Name', label: texts.name },
                ...columns.map(({ name, label: text }) => ({ name, label: fieldLabel(object, name, text) }))
            ],
            rows: records.map((row) => ({
                key: row.id,
                cells: [
                    { key: 'Name', text: row.name ?? row.id, href: recordAddress(object, row.id) },
                    ...columns.map(({ name, type }) =>
                        cell(name, { type, value: row.fields[name], display: called[row.fields[name]] })
                    )
                ]
            }))
        };
    }
}
