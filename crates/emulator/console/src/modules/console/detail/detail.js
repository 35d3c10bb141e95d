import { LightningElement, api } from 'lwc';
import { LAYOUTS } from 'console/forceApp';
import { cell } from 'console/format';
import { fieldLabel } from 'console/names';
import { texts } from 'console/texts';

/* Who and when: they stand last, as on every page layout. */
const SYSTEM = ['OwnerId', 'CreatedById', 'CreatedDate', 'LastModifiedById', 'LastModifiedDate'];
const UNSEEN = ['Id', 'IsDeleted', 'SystemModstamp', ...SYSTEM];

/** The fields of a record in the sections of its page layout; all that have a value if it has none. */
export default class Detail extends LightningElement {
    @api recordId;
    @api objectApiName;
    @api found;

    texts = texts;

    get sections() {
        const layout = LAYOUTS[this.objectApiName] ?? [
            { label: texts.information, columns: [this.found.fields.filter(worthIt).map(({ name }) => name)] },
            { label: texts.system, columns: [SYSTEM] }
        ];
        return layout
            .map(({ label, columns }) => ({ key: label, label, fields: this.values(columns.flat()) }))
            .filter(({ fields }) => fields.length > 0);
    }

    values(names) {
        return names
            .map((name) => this.found.fields.find((field) => field.name === name))
            .filter(Boolean)
            .map((field) => ({
                label: fieldLabel(this.objectApiName, field.name, field.label),
                ...cell(field.name, field)
            }));
    }
}

const worthIt = ({ name, value }) => !UNSEEN.includes(name) && value !== null && value !== undefined && value !== '';
