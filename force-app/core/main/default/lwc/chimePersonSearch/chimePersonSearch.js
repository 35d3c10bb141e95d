import { LightningElement, api } from 'lwc';
import { fill } from 'c/chimeFormat';
import { picklistText } from 'c/chimePicklist';
import { after } from 'c/chimeTimer';
import find from '@salesforce/apex/ChimeScheduleController.find';
import placeholder from '@salesforce/label/c.Chime_Search_Placeholder';
import foundLabel from '@salesforce/label/c.Chime_Search_Found';
import countLabel from '@salesforce/label/c.Chime_Search_Count';

const PAUSE_MS = 300;
const LEAST = 2;
const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/**
 * One field for a name or an e-mail address. A name is searched among users, contacts and leads that
 * this user may see; an address can be taken as it stands.
 * @fires pick with the person as detail: kind, recordId, name, email
 */
export default class ChimePersonSearch extends LightningElement {
    /** What the field is called. */
    @api label;
    @api disabled = false;

    labels = { placeholder, found: foundLabel };
    term = '';
    error;
    _found = null;
    _cancel = () => {};
    _visit = 0;

    disconnectedCallback() {
        this._cancel();
        this._visit += 1;
    }

    get found() {
        return this._found.map((person, index) => ({
            ...person,
            index,
            key: `${person.kind}-${person.recordId ?? person.email}`,
            line: [picklistText('person', person.kind), person.kind === 'Email' ? '' : person.email]
                .filter(Boolean)
                .join(' · ')
        }));
    }

    get hasFound() {
        return this._found?.length > 0;
    }

    get count() {
        return this._found ? fill(countLabel, this._found.length) : '';
    }

    handleTerm(event) {
        this.term = event.detail.value;
        const term = this.term.trim();
        this._cancel();
        this._visit += 1;
        this._found = null;
        this.error = undefined;
        if (term.length >= LEAST) {
            this._cancel = after(PAUSE_MS, () => this.search(term));
        }
    }

    async search(term) {
        const visit = this._visit;
        const plain = ADDRESS.test(term) ? [{ kind: 'Email', recordId: null, name: term, email: term }] : [];
        try {
            const people = await find({ term });
            if (visit === this._visit) {
                this._found = [...people, ...plain];
            }
        } catch (error) {
            if (visit === this._visit) {
                this.error = error;
                this._found = plain;
            }
        }
    }

    /* Enter takes the only one found: the usual case for an address. */
    handleKey(event) {
        if (event.key === 'Enter' && this._found?.length === 1) {
            event.preventDefault();
            this.pick(0);
        }
    }

    handlePick(event) {
        this.pick(Number(event.currentTarget.dataset.index));
    }

    pick(index) {
        const { kind, recordId = null, name, email = null } = this._found[index];
        this.term = '';
        this._found = null;
        this.dispatchEvent(new CustomEvent('pick', { detail: { kind, recordId, name, email } }));
        this.template.querySelector('lightning-input').focus();
    }
}
