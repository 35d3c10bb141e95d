/**
 * Navigation of components: page references become addresses of this page. The same three names as in an org.
 */
// @ts-check
import { addressOf, currentReference, followReference, go } from 'console/router';

const Navigate = Symbol('Navigate');
const GenerateUrl = Symbol('GenerateUrl');

/** @param {any} Base a component's class */
export function NavigationMixin(Base) {
    return class extends Base {
        [Navigate](/** @type {any} */ reference) {
            if (reference?.type === 'standard__webPage') {
                window.open(reference.attributes.url, '_blank', 'noopener');
                return;
            }
            const address = addressOf(reference);
            if (!address) {
                throw new Error(`This console has no page of the type ${reference?.type}`);
            }
            go(address);
        }

        [GenerateUrl](/** @type {any} */ reference) {
            return Promise.resolve(addressOf(reference) ?? '');
        }
    };
}
NavigationMixin.Navigate = Navigate;
NavigationMixin.GenerateUrl = GenerateUrl;

/** Wire adapter: the reference of the page that is shown. */
export class CurrentPageReference {
    /** @param {(reference: object) => void} provide */
    constructor(provide) {
        this.provide = provide;
        this.release = () => {};
    }

    connect() {
        this.release = followReference(this.provide);
    }

    disconnect() {
        this.release();
    }

    update() {
        this.provide(currentReference());
    }
}
