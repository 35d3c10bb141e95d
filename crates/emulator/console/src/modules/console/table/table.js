import { LightningElement, api } from 'lwc';
import { fill } from 'c/chimeFormat';
import { texts } from 'console/texts';

/** A plain table; wide ones scroll sideways, with the keyboard too. */
export default class Table extends LightningElement {
    /** What the table lists. */
    @api label = '';
    /** @type {{name: string, label: string}[]} */
    @api columns = [];
    /** @type {{key: string, cells: {key: string, text: string, href: string|null}[]}[]} */
    @api rows = [];

    texts = texts;

    get empty() {
        return this.rows.length === 0;
    }

    get regionLabel() {
        return fill(texts.table, this.label);
    }
}
