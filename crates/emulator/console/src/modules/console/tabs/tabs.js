import { LightningElement, api } from 'lwc';
import { texts } from 'console/texts';

const TITLES = { 'Standard.Tab.detail': texts.details, 'Standard.Tab.relatedLists': texts.related };

/** A set of tabs on a Lightning page. What stands in a tab comes up when the tab is first chosen, and stays. */
export default class Tabs extends LightningElement {
    @api regions;
    /** The facet of the page that lists the tabs. */
    @api facet;
    @api recordId;
    @api objectApiName;
    @api found;

    get tabs() {
        return this.regions[this.facet].map(({ properties: { title, body } }) => ({
            label: TITLES[title] ?? title,
            value: body,
            items: this.regions[body]
        }));
    }
}
