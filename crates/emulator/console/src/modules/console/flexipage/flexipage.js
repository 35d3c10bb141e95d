import { LightningElement, api } from 'lwc';

/** A Lightning page: header, main and sidebar, each with the components that its metadata names. */
export default class Flexipage extends LightningElement {
    @api regions;
    @api recordId;
    @api objectApiName;
    /** The record as the console's server told it; absent on pages without one. */
    @api found;

    get header() {
        return this.regions.header ?? [];
    }

    get hasHeader() {
        return this.header.length > 0;
    }

    get main() {
        return this.regions.main ?? [];
    }

    get sidebar() {
        return this.regions.sidebar ?? [];
    }

    get hasSidebar() {
        return this.sidebar.length > 0;
    }

    get mainClass() {
        return this.hasSidebar ? 'main with-sidebar' : 'main';
    }
}
