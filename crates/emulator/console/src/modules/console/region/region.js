import { LightningElement, api } from 'lwc';
import { COMPONENTS } from 'console/forceAppComponents';
import Detail from 'console/detail';
import Highlights from 'console/highlights';
import Related from 'console/related';
import Tabs from 'console/tabs';

/* A function, since tabs hold regions again. */
const platformComponents = () => ({
    'force:highlightsPanel': Highlights,
    'force:detailPanel': Detail,
    'force:relatedListContainer': Related,
    'force:relatedListSingleContainer': Related,
    'runtime_sales_activities:activityPanel': Related,
    'flexipage:tabset': Tabs
});

/** The components of one region. Those of force-app get what an org gives them: the record's Id and object. */
export default class Region extends LightningElement {
    @api items;
    @api regions;
    @api recordId;
    @api objectApiName;
    @api found;

    get shown() {
        return this.items.map(({ component, properties }, index) => {
            const [namespace, name] = component.split(':');
            const own = namespace === 'c';
            return {
                key: `${component} ${index}`,
                type: own ? COMPONENTS[name] : platformComponents()[component],
                given: own ? this.givenToOurs(properties) : this.givenToPlatform(component, properties)
            };
        });
    }

    givenToOurs(properties) {
        const typed = Object.entries(properties).map(([name, value]) => [name, value === 'true' || value]);
        const { recordId, objectApiName } = this;
        return { ...Object.fromEntries(typed), ...(recordId ? { recordId, objectApiName } : {}) };
    }

    givenToPlatform(component, properties) {
        const { recordId, objectApiName, found, regions } = this;
        if (component === 'flexipage:tabset') {
            return { recordId, objectApiName, found, regions, facet: properties.tabs };
        }
        if (component.startsWith('runtime_sales_activities:')) {
            return { recordId, objectApiName, found, activities: true };
        }
        return { recordId, objectApiName, found, list: properties.relatedListApiName };
    }
}
