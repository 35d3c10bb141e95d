import { LightningElement, api } from 'lwc';
import { ACTIONS, HIGHLIGHTS } from 'console/forceApp';
import { COMPONENTS } from 'console/forceAppComponents';
import ActionModal from 'console/actionModal';
import { cell } from 'console/format';
import { actionLabel, fieldLabel, objectIcon, objectLabel } from 'console/names';
import { rawAddress } from 'console/router';
import { texts } from 'console/texts';

/**
 * The head of a record page: what it is, the fields of its compact layout, its quick actions. An action with a
 * screen opens in a dialog; one without is made, invoked, and stays without a face, as the platform does it.
 */
export default class Highlights extends LightningElement {
    @api recordId;
    @api objectApiName;
    @api found;

    texts = texts;
    headless = null;
    _invoke = false;

    get icon() {
        return objectIcon(this.objectApiName);
    }

    get objectLabel() {
        return objectLabel(this.objectApiName, this.found.label);
    }

    get raw() {
        return rawAddress(this.recordId);
    }

    get fields() {
        return (HIGHLIGHTS[this.objectApiName] ?? [])
            .map((name) => this.found.fields.find((field) => field.name === name))
            .filter((field) => field && field.name !== 'Name')
            .map((field) => ({
                label: fieldLabel(this.objectApiName, field.name, field.label),
                ...cell(field.name, field)
            }));
    }

    get hasFields() {
        return this.fields.length > 0;
    }

    get actions() {
        return ACTIONS.filter(({ object }) => object === this.objectApiName).map((action) => ({
            name: action.name,
            label: actionLabel(action)
        }));
    }

    get headlessGiven() {
        return { recordId: this.recordId, objectApiName: this.objectApiName };
    }

    async handleAction(event) {
        const action = ACTIONS.find(({ name }) => name === event.target.dataset.action);
        const component = COMPONENTS[action.component];
        if (action.screen) {
            const { recordId, objectApiName } = this;
            await ActionModal.open({
                label: actionLabel(action),
                size: 'medium',
                component,
                given: { recordId, objectApiName }
            });
            return;
        }
        this._invoke = true;
        if (this.headless === component) {
            this.invoke();
        }
        this.headless = component;
    }

    renderedCallback() {
        this.invoke();
    }

    invoke() {
        const made = this.refs.headless;
        if (this._invoke && made) {
            this._invoke = false;
            made.invoke();
        }
    }
}
